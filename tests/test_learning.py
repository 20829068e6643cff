"""Training reaches least squares, in the steps of Adam's paper, and shows them."""

import numpy as np
import pytest
import torch

import main
from data import make_data
from model import LinearRegression


def learn(x, y, epochs=400, lr=0.15, seed=0, device="cpu"):
    """Train a new model, started from that seed, and return what main.train returns."""
    torch.manual_seed(seed)
    model = LinearRegression().to(device)
    return main.train(model, x.to(device), y.to(device), epochs, lr)


def adam(x, y, line, epochs, lr):
    """Return Adam's (weight, bias) after 0, 1, 2, ... epochs, in float64."""
    # Algorithm 1 of Kingma and Ba, https://arxiv.org/abs/1412.6980.
    x, y = x.double().numpy(), y.double().numpy()
    lines, m, v = [np.array(line)], 0, 0
    for t in range(1, epochs + 1):
        weight, bias = lines[-1]
        error = weight * x + bias - y
        gradient = np.array([(2 * error * x).mean(), (2 * error).mean()])
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        step = lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        lines.append(lines[-1] - step)
    return lines


@pytest.mark.parametrize("noise", [0, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_training_reaches_the_least_squares_that_numpy_finds(seed, noise):
    x, y = make_data(100, noise, seed)
    learned = learn(x, y, seed=seed)[-1]
    best = np.polyfit(x.double().numpy().ravel(), y.double().numpy().ravel(), 1)
    assert np.allclose(learned, best, rtol=0, atol=5e-7)


def test_every_step_is_adam_on_the_mean_squared_error():
    x, y = make_data(100, 0.3, 2)
    lines = learn(x, y)
    expected = adam(x, y, lines[0], 400, 0.15)
    rows = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 400]
    assert np.allclose(lines, [expected[row] for row in rows], rtol=0, atol=5e-6)


def test_a_row_shows_the_line_after_its_epochs_and_the_loss_of_that_line(capsys):
    x, y = make_data(100, 0.3, 3)
    lines = learn(x, y, epochs=9)
    losses = [((w * x + b - y) ** 2).mean().item() for w, b in lines]
    blank, heading, *rows = capsys.readouterr().out.splitlines()
    assert blank == "" and heading.split() == ["epoch", "weight", "bias", "loss"]
    shown = [[float(number) for number in row.split()] for row in rows]
    expected = np.column_stack([[0, 1, 2, 4, 8, 9], lines, losses])
    assert np.allclose(shown, expected, rtol=0, atol=6e-6)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_cuda_agrees_with_the_cpu():
    x, y = make_data(100, 0.3, 6)
    cpu, cuda = learn(x, y)[-1], learn(x, y, device="cuda")[-1]
    assert np.allclose(cpu, cuda, rtol=0, atol=5e-7)
