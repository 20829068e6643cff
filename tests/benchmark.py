"""Measure what the README claims: `python tests/benchmark.py`, on Linux or macOS.

It takes some minutes and prints a table for each claim, with a column for CUDA where
there is one. What is compared is timed in turn, so that what else the machine does
disturbs both sides alike.
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


def table(*rows):
    """Print rows of cells as Markdown; the first row is the heading."""
    for row in (rows[0], ["---"] * len(rows[0])) + rows[1:]:
        print("| " + " | ".join(row) + " |", flush=True)
    print()


def seconds(work, *args):
    """Time work(*args), with all that it leaves a GPU to do."""
    start = time.perf_counter()
    work(*args)
    if "cuda" in DEVICES:
        torch.cuda.synchronize()
    return time.perf_counter() - start


def ratio(one, other, *args, pairs=21):
    """Time one(*args) and other(*args) in turn, and sum up the ratio of each pair."""
    one(*args), other(*args)  # the first time is spent on what later ones find done
    found = [seconds(one, *args) / seconds(other, *args) for _ in range(pairs)]
    return f"{median(found):.3f} ({min(found):.3f} to {max(found):.3f})"


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


def on(device, n, seed=0):
    """Return a model and n points, as a run makes them."""
    x, y = make_data(n, SET.noise, seed)
    torch.manual_seed(seed)
    return LinearRegression().to(device), x.to(device), y.to(device)


def gap(device, seed):
    model, x, y = on(device, SET.samples, seed)
    train(model, x, y, SET.epochs)
    best = np.polyfit(x.cpu().double().numpy()[:, 0], y.cpu().double().numpy(), 1)
    return max(abs(p.item() - b[0]) for p, b in zip(model.parameters(), best))


def python(device, *args):
    """Run Python with these arguments, and return what it prints."""
    hide = {"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {}
    env = dict(os.environ, MPLBACKEND="agg", **hide)
    return subprocess.check_output((sys.executable,) + args, env=env)


def run(device, picture):
    python(device, main.__file__, "--save", picture)


def floor(device, picture):
    python(device, "-c", FLOOR, picture)


def draw(x, y):
    main.plot(x, y, 2.0, 1.0, [(0.0, 0.0)] * 10)
    main.plt.savefig(io.BytesIO(), format="png", dpi=120)
    main.plt.close()


def benchmark(picture):
    gaps = [[gap(device, seed) for seed in range(1000)] for device in DEVICES]
    table(
        ["gap on 1,000 seeds"] + DEVICES,
        ["median"] + [f"{median(g):.1e}" for g in gaps],
        ["worst"] + [f"{max(g):.1e}" for g in gaps],
    )

    rows = [["a whole run, to the floor"]]
    rows[0] += [ratio(run, floor, device, picture) for device in DEVICES]
    for n, epochs in (100, 1000), (1000000, 50):
        row = [f"an epoch of train, to a bare loop, {n:,} samples"]
        rows.append(row + [ratio(train, bare_loop, *on(d, n), epochs) for d in DEVICES])
    table(["time, median ratio (range)"] + DEVICES, *rows)

    def memory(n):
        flags = ["--samples", str(n), "--epochs", "2", "--save", picture]
        peak = int(python("cpu", "-c", PEAK, sys.executable, main.__file__, *flags))
        return peak * (1 if sys.platform == "darwin" else 1024)

    rows = [
        ["samples", "drawing", "memory a sample"] + [f"epoch, {d}" for d in DEVICES]
    ]
    for n in 100, 10000, 100000, 1000000, 10000000:
        drawing = median(seconds(draw, *make_data(n, SET.noise, 0)) for _ in range(5))
        above = f"{(memory(n) - memory(SET.samples)) / n:.0f} bytes"
        rows.append([f"{n:,}", f"{drawing * 1e3:.0f} ms", above if n >= 1e6 else "-"])
        epochs = max(5, min(300, 10000000 // n))
        for work in [on(device, n) for device in DEVICES]:
            epoch = median(seconds(train, *work, epochs) for _ in range(5)) / epochs
            rows[-1].append(f"{epoch / n * 1e9:.1f} ns a sample")
    table(*rows)


if __name__ == "__main__":
    main.plt.switch_backend("agg")
    with tempfile.TemporaryDirectory() as folder:
        benchmark(os.path.join(folder, "fit.png"))
