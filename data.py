"""Noisy points around a known line, made with NumPy and handed over as tensors."""

import numpy as np
import torch

# The true line. Training sees only the points and has to find these two numbers.
TRUE_WEIGHT = 2.0
TRUE_BIAS = 1.0


def make_data(n_samples, noise, seed):
    """Return (x, y), two float32 tensors of shape (n_samples, 1).

    x is uniform in [-1, 1]; y = TRUE_WEIGHT * x + TRUE_BIAS plus Gaussian noise with
    standard deviation `noise`, in the units of y. The same seed makes the same points.
    """
    rng = np.random.default_rng(seed)
    shape = (n_samples, 1)  # a row for each sample, a column for each number in it

    # Centred on zero: far from it, training is slow. The README says why: "Why scale?"
    x = rng.uniform(-1, 1, shape)
    y = TRUE_WEIGHT * x + TRUE_BIAS + rng.normal(0, noise, shape)

    # NumPy makes float64. PyTorch's models are float32 by default, and data must match.
    return torch.from_numpy(x).float(), torch.from_numpy(y).float()
