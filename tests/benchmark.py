"""Measure what the README claims: `python tests/benchmark.py`, on Linux or macOS.

It takes a few minutes and prints a small table for each part. What is compared is
timed in turn, so that other work on the machine disturbs both sides alike.
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
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import main
from data import make_data
from model import LinearRegression

DEFAULTS = main.parse_args([])
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
    rows = [rows[0], ["---:"] * len(rows[0])] + list(rows[1:])
    print("\n" + "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n")


def seconds(work, *args):
    """Time work(*args), with all that it leaves a GPU to do."""
    if "cuda" in DEVICES:
        torch.cuda.synchronize()
    start = time.perf_counter()
    work(*args)
    if "cuda" in DEVICES:
        torch.cuda.synchronize()
    return time.perf_counter() - start


def ratios(one, other, *args, pairs):
    """Time one(*args) and other(*args) in turn, and sum up the ratio of each pair."""
    one(*args)  # the first time is spent on what later ones find done
    other(*args)
    found = [seconds(one, *args) / seconds(other, *args) for _ in range(pairs)]
    return f"{median(found):.3f} ({min(found):.3f} to {max(found):.3f})"


def train(model, x, y, epochs):
    with redirect_stdout(io.StringIO()):
        main.train(model, x, y, epochs, DEFAULTS.lr)


def bare_loop(model, x, y, epochs):
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=DEFAULTS.lr)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()


def accuracy(seeds=1000):
    print(f"Accuracy: the default settings on {seeds:,} seeds", flush=True)
    best, lines = [], {device: [] for device in DEVICES}
    for seed in range(seeds):
        x, y = make_data(DEFAULTS.samples, DEFAULTS.noise, seed)
        best.append(np.polyfit(x.double().numpy()[:, 0], y.double().numpy()[:, 0], 1))
        for device in DEVICES:
            torch.manual_seed(seed)
            model = LinearRegression().to(device)
            train(model, x.to(device), y.to(device), DEFAULTS.epochs)
            lines[device].append([p.item() for p in model.parameters()])

    compared = [(f"{d} to least squares", lines[d], best) for d in DEVICES]
    if "cuda" in DEVICES:
        compared.append(("cuda to cpu", lines["cuda"], lines["cpu"]))
    rows = [["gap", "median", "worst", "within 1e-6"]]
    for name, one, other in compared:
        gaps = abs(np.array(one) - other).max(axis=1)
        share = (gaps <= 1e-6).mean()
        rows.append([name, f"{median(gaps):.1e}", f"{gaps.max():.1e}", f"{share:.1%}"])
    table(*rows)


def run(device, *args):
    """Run Python with these arguments, and return what it prints."""
    hide = {"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {}
    env = dict(os.environ, MPLBACKEND="agg", **hide)
    return subprocess.check_output([sys.executable] + list(args), env=env)


def run_main(device, picture):
    run(device, main.__file__, "--save", picture)


def run_floor(device, picture):
    run(device, "-c", FLOOR, picture)


def peak_memory(picture, n):
    """Return the most memory, in bytes, that a whole run with n samples takes."""
    flags = ["--samples", str(n), "--epochs", "2", "--save", picture]
    peak = int(run("cpu", "-c", PEAK, sys.executable, main.__file__, *flags))
    return peak * (1 if sys.platform == "darwin" else 1024)


def whole_run(picture, pairs=11):
    print(f"Whole run: {pairs} pairs of processes", flush=True)
    cells = [ratios(run_main, run_floor, d, picture, pairs=pairs) for d in DEVICES]
    table(["time, ratio of pairs"] + DEVICES, ["main.py to the floor"] + cells)


def training_step(pairs=21):
    print(f"Training step: {pairs} pairs of trainings", flush=True)
    rows = [["an epoch's time, ratio of pairs"] + DEVICES]
    for n, epochs in (100, 1000), (1000000, 50):
        row = [f"train() to a bare loop, {n:,} samples"]
        for device in DEVICES:
            x, y = (tensor.to(device) for tensor in make_data(n, DEFAULTS.noise, 0))
            model = LinearRegression().to(device)
            row.append(ratios(train, bare_loop, model, x, y, epochs, pairs=pairs))
        rows.append(row)
    table(*rows)


def draw(x, y):
    main.plot(x, y, 2.0, 1.0).savefig(io.BytesIO(), format="png", dpi=120)
    main.plt.close()


def scale(picture):
    sizes = [100, 1000, 10000, 100000, 1000000, 10000000]
    if "cuda" in DEVICES:
        memory = torch.cuda.get_device_properties(0).total_memory
        sizes += [100000000] if memory > 24 * 100000000 else []
    print(f"Scale: {sizes[0]} to {sizes[-1]:,} samples", flush=True)

    heading = ["samples", "drawing", "memory a sample"]
    for device in DEVICES:
        heading += [f"epoch, {device}", f"a sample, {device}"]
    rows = [heading]
    base = peak_memory(picture, DEFAULTS.samples)
    for n in sizes:
        x, y = make_data(n, DEFAULTS.noise, 0)
        drawing = median(seconds(draw, x, y) for _ in range(5))
        row = [f"{n:,}", f"{drawing * 1e3:.0f} ms", "-"]
        if n >= 1000000:  # fewer are lost in what PyTorch and its threads take
            row[-1] = f"{(peak_memory(picture, n) - base) / n:.0f} bytes"
        for device in DEVICES:
            model = LinearRegression().to(device)
            epochs = max(5, min(300, 10000000 // n))
            work = train, model, x.to(device), y.to(device), epochs
            epoch = median(seconds(*work) for _ in range(5)) / epochs
            row += [f"{epoch * 1e3:.3f} ms", f"{epoch / n * 1e9:.2f} ns"]
        rows.append(row)
    table(*rows)


if __name__ == "__main__":
    main.plt.switch_backend("agg")
    with tempfile.TemporaryDirectory() as folder:
        accuracy()
        whole_run(os.path.join(folder, "fit.png"))
        training_step()
        scale(os.path.join(folder, "fit.png"))
