"""What the tests share: an empty folder each, no window, Matplotlib's own style."""

import os

os.environ["MPLBACKEND"] = "agg"  # Matplotlib's backend that needs no screen

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def an_empty_folder_no_window_no_style(tmp_path, monkeypatch):
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setattr(plt, "show", lambda: None)
    plt.rcdefaults()  # whatever a matplotlibrc here says
    yield
    plt.close("all")
