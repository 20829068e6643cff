import numpy as np
import pytest
import torch

from data import TRUE_BIAS, TRUE_WEIGHT, make_data


def test_two_float32_tensors_with_a_row_for_each_sample():
    for tensor in make_data(5, 0.3, 0):
        assert tensor.shape == (5, 1)
        assert tensor.dtype == torch.float32


def test_the_same_seed_makes_the_same_points_everywhere():
    # Written down once: other machines and versions have to agree.
    x, y = make_data(3, 0.3, seed=0)
    assert np.allclose(x.numpy().ravel(), [0.27392337, -0.46042657, -0.9180529], 1e-6)
    assert np.allclose(y.numpy().ravel(), [1.5793169, -0.08155395, -0.7276274], 1e-6)


# PyTorch's own seeds, and the old ones of NumPy, are the same modulo 2**32.
@pytest.mark.parametrize("seed", [1, 2, 2**32, 2**32 + 1, 2**63 - 1])
def test_another_seed_makes_other_points(seed):
    for other in {seed - 1, seed % 2**32} - {seed}:
        for one, two in zip(make_data(100, 0.3, seed), make_data(100, 0.3, other)):
            assert not (one == two).any()


def test_without_noise_every_point_is_on_the_line():
    x, y = make_data(1000, 0, 3)
    assert torch.equal(y, (TRUE_WEIGHT * x.double() + TRUE_BIAS).float())


def test_x_is_uniform_and_centred_on_zero():
    x = np.sort(make_data(100000, 0.3, 4)[0].numpy().ravel())
    # The k-th smallest of n uniform draws lies near k/n of the way (Kolmogorov).
    assert np.abs(x - np.linspace(-1, 1, len(x))).max() < 0.01
    assert -1 <= x[0] and x[-1] <= 1


@pytest.mark.parametrize("sigma", [0.1, 0.3, 5])
def test_noise_is_gaussian_of_the_size_asked_for_whatever_x_is(sigma):
    x, y = (tensor.double().numpy().ravel() for tensor in make_data(100000, sigma, 5))
    noise = (y - TRUE_WEIGHT * x - TRUE_BIAS) / sigma
    assert abs(noise.mean()) < 0.015
    assert abs(noise.std() - 1) < 0.01
    # Shares within 1, 2 and 3 standard deviations, from the normal distribution.
    for width, share in ((1, 0.6827), (2, 0.9545), (3, 0.9973)):
        assert abs((abs(noise) < width).mean() - share) < 0.006
    related = np.corrcoef([x, abs(x), noise, abs(noise)])[:2, 2:]
    assert abs(related).max() < 0.015
