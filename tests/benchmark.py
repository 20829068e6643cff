"""Measure what the README claims: `python tests/benchmark.py`, on Linux or macOS.

It takes a quarter of an hour and prints a table, with a column for CUDA where there is
one. What is compared is timed in turn: what else the machine does disturbs both alike.
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

DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
SAVE = (main.__file__, "--save", "fit.png")
IMPORTS = "import numpy, torch, matplotlib.pyplot as plt; "
ADAM = IMPORTS + "torch.optim.Adam(torch.nn.Linear(1, 1).parameters()); "
POINT = ADAM + "plt.scatter([0], [0]); plt.savefig('fit.png')"
# The peak is that of a child of this small process: Linux counts a parent's memory too.
PEAK = """import resource, subprocess, sys; subprocess.check_output(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"""


def seconds(work, *args):
    """Time work(*args), with all that it leaves a GPU to do."""
    start = time.perf_counter()
    work(*args)
    if "cuda" in DEVICES:
        torch.cuda.synchronize()
    return time.perf_counter() - start


def ratio(one, other):
    """Time one and other, each a function and what it takes, in turn; sum up ratios."""
    seconds(*one), seconds(*other)  # the first time fills what later ones find
    found = [seconds(*one) / seconds(*other) for _ in range(21)]
    return f"{median(found):.3f} ({min(found):.3f} to {max(found):.3f})"


def setup(device, n, seed=0):
    """Return a model and n points, as a run makes them."""
    x, y = make_data(n, 0.3, seed)
    torch.manual_seed(seed)
    return LinearRegression().to(device), x.to(device), y.to(device)


def train(model, x, y, epochs):
    with redirect_stdout(io.StringIO()):
        main.train(model, x, y, epochs, 0.15)


def bare_loop(model, x, y, epochs):
    criterion = torch.nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.15)
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def gap(device, seed):
    model, x, y = setup(device, 100, seed)
    train(model, x, y, 400)
    best = np.polyfit(x.cpu().double().numpy()[:, 0], y.cpu().double().numpy(), 1)
    return max(abs(p.item() - b[0]) for p, b in zip(model.parameters(), best))


def python(device, *args):
    hide = {"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {}
    return subprocess.check_output((sys.executable, *args), env={**os.environ, **hide})


def measurements(device):
    """Yield the rows of the table: what is measured, and what comes out."""
    yield "what", device
    yield "---", "---"
    gaps = [gap(device, seed) for seed in range(1000)]
    yield "gap on 1,000 seeds", f"median {median(gaps):.1e}, worst {max(gaps):.1e}"

    run, name = (python, device, *SAVE), "whole run, to importing the packages"
    yield name, ratio(run, (python, device, "-c", IMPORTS))
    name += ", with what Adam loads, and saving one point"
    yield name, ratio(run, (python, device, "-c", POINT))
    for n, epochs in (100, 1000), (10**6, 50):
        work = (*setup(device, n), epochs)
        found = ratio((train, *work), (bare_loop, *work))
        yield f"epoch, to a bare loop's, {n:,} samples", found

    peaks = []
    for n in 100, 10**4, 10**5, 10**6, 10**7:
        work, epochs = setup(device, n), max(5, min(300, 10**7 // n))
        spent = median(seconds(train, *work, epochs) for _ in range(5)) / epochs / n
        yield f"epoch, {n:,} samples", f"{spent * 1e9:.1f} ns a sample"
        flags = ("--samples", str(n), "--epochs", "2")
        peaks.append(int(python(device, "-c", PEAK, sys.executable, *SAVE, *flags)))
    added = (peaks[-1] - peaks[0]) * (1 if sys.platform == "darwin" else 1024) / n
    yield f"memory added, {n:,} samples", f"{added:.0f} bytes a sample"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for cells in zip(*map(measurements, DEVICES)):
            row = [cells[0][0]] + [result for _, result in cells]
            print("| " + " | ".join(row) + " |", flush=True)
