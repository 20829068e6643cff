"""What the tests share: an empty folder each, no window, Matplotlib's own style."""

import os

os.environ["MPLBACKEND"] = "agg"  # Matplotlib's backend that needs no screen

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def a_clean_start(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plt, "show", lambda: None)  # agg would warn: it has no window
    plt.rcdefaults()  # whatever the developer's own matplotlibrc says
    plt.close("all")
