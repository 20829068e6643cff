"""What the tests share: an empty folder each, no window, a way to run the program."""

import os
from types import SimpleNamespace

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
    """A function that runs main.py with flags; returns .exit, .out and .err."""

    def run(*flags):
        result = SimpleNamespace(exit=None)  # or what main.py gave to sys.exit
        try:
            main.main([str(flag) for flag in flags])
        except SystemExit as stop:
            result.exit = stop.code
        result.out, result.err = capsys.readouterr()
        return result

    return run
