"""Measure what the README claims: `python tests/benchmark.py`, in a few minutes.

A time is a ratio. Both sides run in turn, 21 times, so that whatever else the machine
does slows both alike. Printed are the median and, in brackets, the extremes.
"""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
import time
from statistics import median

import numpy as np
import torch

os.environ["MPLBACKEND"] = "agg"
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import main
from data import make_data
from model import LinearRegression

# What any such program does: import the packages, make an Adam, save a picture.
LEAST = """import numpy, torch, matplotlib.pyplot as plt
torch.optim.Adam(torch.nn.Linear(1, 1).parameters())
plt.scatter([0], [0])
plt.savefig("least.png")"""


def setup(device, seed=0):
    x, y = make_data(100, 0.3, seed)
    torch.manual_seed(seed)
    return LinearRegression().to(device), x.to(device), y.to(device)


def train(device, seed=0):
    with contextlib.redirect_stdout(io.StringIO()):
        return main.train(*setup(device, seed), epochs=400, lr=0.15)[-1]


def bare_loop(device):
    model, x, y = setup(device)
    criterion = torch.nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.15)
    for _ in range(400):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.linear.weight.item()  # on a GPU this waits until all is done


def gap(device, seed):
    x, y = (column.double().numpy().ravel() for column in make_data(100, 0.3, seed))
    return max(abs(np.polyfit(x, y, 1) - train(device, seed)))


def python(device, *command):
    hide = {"CUDA_VISIBLE_DEVICES": "-1"} if device == "cpu" else {}
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, **hide}
        subprocess.check_output([sys.executable, *command], cwd=folder, env=env)


def ratio(one, other):
    """Tell how many times as long one takes as other: each a function and its input."""
    found = []
    for _ in range(22):
        start = time.perf_counter()
        one[0](*one[1:])
        middle = time.perf_counter()
        other[0](*other[1:])
        found.append((middle - start) / (time.perf_counter() - middle))
    found = sorted(found[1:])  # without the first, which has files to find
    return f"{median(found):.3f} ({found[0]:.3f} to {found[-1]:.3f})"


if __name__ == "__main__":
    for device in ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]:
        gaps = [gap(device, seed) for seed in range(1000)]
        print(f"{device}, gap on 1,000 seeds: median {median(gaps):.1e}, ", end="")
        print(f"worst {max(gaps):.1e}")
        loops = ratio((train, device), (bare_loop, device))
        print(f"{device}, training to the same loop without its rows: {loops}")
        run = (python, device, main.__file__, "--save", "fit.png")
        runs = ratio(run, (python, device, "-c", LEAST))
        print(
            f"{device}, a run to importing, making an Adam and saving a point: {runs}"
        )
