"""Training reaches least squares, in the steps of Adam's paper, and shows them."""

import sys

import numpy as np
import pytest
import torch

import main
from data import make_data
from model import LinearRegression


def adam(x, y, line, epochs, lr):
    """Return Adam's (weight, bias) before each epoch and after the last, in float64."""
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


def train(x, y, epochs=400, lr=0.15, seed=0, device="cpu"):
    """Return the lines that training a new model shows, and at the end the learned."""
    torch.manual_seed(seed)
    model = LinearRegression().to(device)
    history = main.train(model, x.to(device), y.to(device), epochs, lr)
    return history + [(model.linear.weight.item(), model.linear.bias.item())]


@pytest.mark.parametrize("seed, noise", [(seed, 0.3) for seed in range(10)] + [(0, 0)])
def test_training_reaches_the_least_squares_that_numpy_finds(seed, noise):
    x, y = make_data(100, noise, seed)
    learned = train(x, y, seed=seed)[-1]
    best = np.polyfit(x.double().numpy().ravel(), y.double().numpy().ravel(), 1)
    assert np.allclose(learned, best, rtol=0, atol=5e-7 if noise else 1e-7)


def test_every_step_is_adam_on_the_mean_squared_error():
    x, y = make_data(100, 0.3, 2)
    *history, learned = train(x, y, seed=2)
    lines = adam(x, y, history[0], 400, 0.15)
    before = [lines[epoch - 1] for epoch in (1, 2, 4, 8, 16, 32, 64, 128, 256, 400)]
    assert np.allclose(history, before, rtol=0, atol=5e-6)
    assert np.allclose(learned, lines[400], rtol=0, atol=5e-7)


def test_a_row_shows_an_epoch_its_line_and_the_loss_of_that_line(capsys):
    x, y = make_data(100, 0.3, 3)
    for rows in [1], [1, 2, 3], [1, 2, 4, 8], [1, 2, 4, 8, 9]:
        history = train(x, y, epochs=rows[-1])[:-1]
        losses = [((w * x + b - y) ** 2).mean().item() for w, b in history]
        blank, heading, *printed = capsys.readouterr().out.splitlines()
        assert blank == "" and heading.split() == ["epoch", "weight", "bias", "loss"]
        shown = [[float(number) for number in row.split()] for row in printed]
        assert np.allclose(shown, np.column_stack([rows, history, losses]), 0, 6e-6)


@pytest.mark.parametrize("scale, loss", [(1e30, "inf"), (np.nan, "nan")])
def test_a_loss_that_is_not_finite_ends_training_with_advice(scale, loss, capsys):
    x, y = make_data(100, 0.3, 4)
    with pytest.raises(SystemExit) as stop:
        train(x, y * scale)
    assert stop.value.code == f"main.py: error: the loss is {loss}: try a smaller --lr"
    assert len(capsys.readouterr().out.splitlines()) == 2  # the heading and no row


def test_memory_does_not_grow_with_the_epochs(monkeypatch):
    taken = []  # the blocks of memory that Python holds, at each row
    monkeypatch.setattr(
        "builtins.print", lambda *_, **__: taken.append(sys.getallocatedblocks())
    )
    train(*make_data(10, 0.3, 5), epochs=4096)
    assert taken[-1] < taken[-2] + 1000  # a number kept of each epoch makes 2,048 more


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_cuda_agrees_with_the_cpu():
    x, y = make_data(100, 0.3, 6)
    cpu, cuda = (train(x, y, device=name)[-1] for name in ("cpu", "cuda"))
    assert np.allclose(cpu, cuda, rtol=0, atol=5e-7)
