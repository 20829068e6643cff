"""Measure how well and how fast it learns: `python tests/benchmark.py`, in minutes."""

import contextlib
import io
import os
import sys
import time

import numpy as np
import torch

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from data import make_data
from main import train
from model import LinearRegression


def bare(model, x, y, epochs, lr):
    """Train as main.train does, but print nothing."""
    criterion = torch.nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [(model.linear.weight.item(), model.linear.bias.item())]


def run(trainer, device, seed):
    """Return the gap to least squares after a default run, and the run's seconds."""
    x, y = make_data(100, 0.3, seed)
    best = np.polyfit(x.numpy().ravel(), y.numpy().ravel(), 1)
    torch.manual_seed(seed)
    model, x, y = LinearRegression().to(device), x.to(device), y.to(device)
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        line = trainer(model, x, y, epochs=400, lr=0.15)[-1]
    return max(abs(best - line)), time.perf_counter() - start


if __name__ == "__main__":
    for device in ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]:
        run(train, device, 0)  # a warm-up, not counted
        gaps, ratios = [], []
        for seed in range(1000):
            gap, seconds = run(train, device, seed)
            gaps.append(gap)
            ratios.append(seconds / run(bare, device, seed)[1])
        print(f"{device}: median gap {np.median(gaps):.1e}, largest {max(gaps):.1e}")
        print(
            f"{device}: {np.median(ratios):.3f} times as long as without printing rows"
        )
