"""What the tests share: an empty folder each, no window, and a way to run a program."""

import runpy

import matplotlib.pyplot as plt
import pytest

import main


@pytest.fixture(autouse=True)
def a_clean_start(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plt.rcdefaults()  # whatever style somebody has set for all plots
    plt.switch_backend("agg")  # needs no screen
    monkeypatch.setattr(plt, "show", lambda: None)  # agg would warn: it has no window


@pytest.fixture
def run(capsys, monkeypatch):
    """A function that runs main.py, or another program, and returns what it prints."""

    def run(flags="", program=main.__file__):
        plt.close("all")
        monkeypatch.setattr("sys.argv", [program, *flags.split()])
        runpy.run_path(program, run_name="__main__")
        return capsys.readouterr().out

    return run
