import numpy as np
import torch

from data import TRUE_BIAS, TRUE_WEIGHT, make_data


def test_canary_seed_1_still_makes_these_points():
    # Fails if a new NumPy makes other points: then print the README's figures anew. See
    # https://numpy.org/doc/stable/reference/random/compatibility.html
    x, y = make_data(3, 0.3, seed=1)
    assert x.shape == y.shape == (3, 1) and x.dtype == y.dtype == torch.float32
    assert np.allclose(x.numpy().ravel(), [0.02364325, 0.90092736, -0.71168077], 1e-6)
    assert np.allclose(y.numpy().ravel(), [0.65633935, 3.0734613, -0.28944916], 1e-6)


def test_x_fills_minus_1_to_1_and_the_noise_has_the_size_asked_for():
    x, y = (column.double().numpy() for column in make_data(100000, 5, seed=4))
    noise = y - (TRUE_WEIGHT * x + TRUE_BIAS)
    assert np.allclose([x.min(), x.mean(), x.max()], [-1, 0, 1], rtol=0, atol=0.01)
    assert np.allclose([noise.mean(), noise.std()], [0, 5], rtol=0, atol=0.03)
