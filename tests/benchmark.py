"""Measure the gap on many seeds: `python tests/benchmark.py`, some minutes.

The README quotes it in "Rate and epochs" and in "Adam".
"""

import contextlib
import io
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from data import make_data
from main import get_line, train
from model import LinearRegression

RUNS = [  # lr, epochs, seeds
    (0.1, 400, 1000),
    (0.1, 200, 100),
    (0.05, 400, 100),
    (0.5, 400, 100),
    (1.5, 400, 100),
    (0.1, 10000, 20),
]


def gap(seed, lr, epochs, device):
    """Train on the points of this seed; return the gap to least squares."""
    x, y = make_data(100, 0.3, seed)
    best = np.polyfit(x.double().numpy().ravel(), y.double().numpy().ravel(), 1)
    torch.manual_seed(seed)
    model = LinearRegression().to(device)
    with contextlib.redirect_stdout(io.StringIO()):  # without the rows
        train(model, x.to(device), y.to(device), epochs, lr)
    return max(abs(best - get_line(model)))


if __name__ == "__main__":
    for device in ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]:
        for lr, epochs, seeds in RUNS:
            gaps = np.array([gap(seed, lr, epochs, device) for seed in range(seeds)])
            print(
                f"{device}, lr {lr}, {epochs} epochs: median gap {np.median(gaps):.1e}, "
                f"largest {gaps.max():.1e}, above 1e-05 {(gaps > 1e-5).sum()} of {seeds}",
                flush=True,
            )
