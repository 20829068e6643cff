"""Measure what the README claims: `python tests/benchmark.py`, on Linux or macOS.

It takes some minutes and prints a table with a column for CUDA where there is one. What
is compared is timed in turn: what else the machine does disturbs both sides alike.
"""

import io
import os
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from statistics import median

import numpy as np
import torch

os.environ["MPLBACKEND"] = "agg"
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import main
from data import make_data
from model import LinearRegression

SET = main.parse_args([])
DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
FLOOR = """
import sys, numpy, torch
import matplotlib.pyplot as plt
torch.optim.Adam(torch.nn.Linear(1, 1).parameters())
plt.scatter([0], [0])
plt.savefig(sys.argv[1])
"""
# The peak is that of a child of this small process: Linux counts a parent's memory too.
PEAK = """
import resource, subprocess, sys
subprocess.check_output(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def seconds(work, *args):
    """Time work(*args), with all that it leaves a GPU to do."""
    start = time.perf_counter()
    work(*args)
    if "cuda" in DEVICES:
        torch.cuda.synchronize()
    return time.perf_counter() - start


def ratio(one, other, *args):
    """Time one(*args) and other(*args) in turn, and sum up the ratio of each pair."""
    one(*args), other(*args)  # the first time is spent on what later ones find done
    found = [seconds(one, *args) / seconds(other, *args) for _ in range(21)]
    return f"{median(found):.3f} ({min(found):.3f} to {max(found):.3f})"


def setup(device, n, seed=0):
    """Return a model and n points, as a run makes them."""
    x, y = make_data(n, SET.noise, seed)
    torch.manual_seed(seed)
    return LinearRegression().to(device), x.to(device), y.to(device)


def train(model, x, y, epochs):
    with redirect_stdout(io.StringIO()):
        main.train(model, x, y, epochs, SET.lr)


def bare_loop(model, x, y, epochs):
    criterion = torch.nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=SET.lr)
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def gap(device, seed):
    model, x, y = setup(device, SET.samples, seed)
    train(model, x, y, SET.epochs)
    best = np.polyfit(x.cpu().double().numpy()[:, 0], y.cpu().double().numpy(), 1)
    return max(abs(p.item() - b[0]) for p, b in zip(model.parameters(), best))


def python(device, *args):
    """Run Python with these arguments, and return what it prints."""
    hide = {"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {}
    command = (sys.executable,) + args
    return subprocess.check_output(command, env=dict(os.environ, **hide))


def run(device):
    python(device, main.__file__, "--save", "fit.png")


def floor(device):
    python(device, "-c", FLOOR, "fit.png")


def memory(device, n):
    """Return the most bytes that a run of two epochs holds at a time."""
    flags = ("--samples", str(n), "--epochs", "2", "--save", "fit.png")
    peak = int(python(device, "-c", PEAK, sys.executable, main.__file__, *flags))
    return peak * (1 if sys.platform == "darwin" else 1024)


def draw(x, y):
    main.plot(x, y, 2.0, 1.0, [(0.0, 0.0)] * 10).savefig("fit.png", dpi=120)
    main.plt.close()


def measurements(device):
    """Yield the rows of the table: what is measured, and what comes out."""
    yield "what", device
    yield "---", "---"
    gaps = [gap(device, seed) for seed in range(1000)]
    yield "gap on 1,000 seeds", f"median {median(gaps):.1e}, worst {max(gaps):.1e}"
    name = "whole run, to importing the packages and saving one point"
    yield name, ratio(run, floor, device)
    for n, epochs in (100, 1000), (10**6, 50):
        found = ratio(train, bare_loop, *setup(device, n), epochs)
        yield f"epoch, to a bare loop's, {n:,} samples", found
    small = memory(device, SET.samples)
    for n in 10**4, 10**5, 10**6, 10**7:
        work, epochs = setup(device, n), max(5, min(300, 10**7 // n))
        times = [seconds(train, *work, epochs) / epochs / n for _ in range(5)]
        yield f"epoch, {n:,} samples", f"{median(times) * 1e9:.1f} ns a sample"
        times = [seconds(draw, *make_data(n, SET.noise, 0)) for _ in range(5)]
        yield f"drawing, {n:,} samples", f"{median(times) * 1e3:.0f} ms"
        if n >= 10**6:  # of less, it can't be told from what the packages take
            added = (memory(device, n) - small) / n
            yield f"memory added, {n:,} samples", f"{added:.0f} bytes a sample"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for cells in zip(*map(measurements, DEVICES)):
            row = [cells[0][0]] + [result for _, result in cells]
            print("| " + " | ".join(row) + " |", flush=True)
