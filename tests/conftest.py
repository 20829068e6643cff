"""What the tests share: an empty folder each, no window, a way to run the program."""

import os

os.environ["MPLBACKEND"] = "agg"  # Matplotlib's backend that needs no screen

import matplotlib.pyplot as plt
import pytest

import main


@pytest.fixture(autouse=True)
def an_empty_folder_and_no_window(tmp_path, monkeypatch):
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setattr(plt, "show", lambda: None)
    yield
    plt.close("all")


@pytest.fixture
def run(capsys):
    """A function that runs main.py with flags and returns its exit and its outputs."""

    def run(*flags):
        try:
            code = main.main([str(flag) for flag in flags])
        except SystemExit as stop:
            code = stop.code
        return (code, *capsys.readouterr())

    return run
