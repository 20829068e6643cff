"""Measure the gap of a default run on 1,000 seeds: `python tests/benchmark.py`, minutes."""

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

for device in ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]:
    gaps = []
    for seed in range(1000):
        x, y = make_data(100, 0.3, seed)
        best = np.polyfit(x.double().numpy().ravel(), y.double().numpy().ravel(), 1)
        torch.manual_seed(seed)
        model = LinearRegression().to(device)
        with contextlib.redirect_stdout(io.StringIO()):  # without the rows
            train(model, x.to(device), y.to(device), epochs=400, lr=0.1)
        gaps.append(max(abs(best - get_line(model))))
    print(f"{device}: median gap {np.median(gaps):.1e}, largest {max(gaps):.1e}")
