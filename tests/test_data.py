import numpy as np
import torch

from data import TRUE_BIAS, TRUE_WEIGHT, make_data


def test_canary_seed_0_still_makes_these_points():
    # NumPy may change them in a new version; from 1.17 to 2.5 it has not. Should this
    # fail alone, the program is right, and the README's numbers must be printed anew.
    x, y = make_data(3, 0.3, seed=0)
    assert x.shape == y.shape == (3, 1) and x.dtype == y.dtype == torch.float32
    assert np.allclose(x.numpy().ravel(), [0.27392337, -0.46042657, -0.9180529], 1e-6)
    assert np.allclose(y.numpy().ravel(), [1.5793169, -0.08155395, -0.7276274], 1e-6)


def test_another_seed_makes_other_points():
    for seed, other in (1, 0), (2**32, 0), (2**63 - 1, 2**32 - 1):
        for one, two in zip(make_data(100, 0.3, seed), make_data(100, 0.3, other)):
            assert not (one == two).any()


def test_x_fills_minus_1_to_1_and_the_noise_has_the_size_asked_for():
    for size in 0, 0.1, 5:
        x, y = (column.double().numpy() for column in make_data(100000, size, seed=4))
        noise = y - (TRUE_WEIGHT * x + TRUE_BIAS)
        bound = 0.01 * size + 1e-6
        assert np.allclose([x.min(), x.mean(), x.max()], [-1, 0, 1], atol=0.01)
        assert np.allclose([noise.mean(), noise.std()], [0, size], rtol=0, atol=bound)
