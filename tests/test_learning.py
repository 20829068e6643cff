"""Training reaches NumPy's least squares, step by step as Adam's paper has it."""

import re
import tracemalloc

import numpy as np
import pytest
import torch

import main
from data import make_data
from model import LinearRegression

DEFAULTS = main.parse_args([])
EPOCHS, LR = DEFAULTS.epochs, DEFAULTS.lr
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, EPOCHS)


def start(weight, bias):
    model = LinearRegression()
    model.linear.weight.data.fill_(weight)
    model.linear.bias.data.fill_(bias)
    return model


def line_of(model):
    return model.linear.weight.item(), model.linear.bias.item()


def gap(model, x, y):
    """The larger difference from least squares, solved by NumPy in float64."""
    best = np.polyfit(x.double().numpy().ravel(), y.double().numpy().ravel(), 1)
    return abs(best - line_of(model)).max()


def adam(x, y, line, epochs, lr):
    """Algorithm 1 of Kingma and Ba, https://arxiv.org/abs/1412.6980, in float64.

    Returns the line before each epoch and after the last: epochs + 1 of them. The paper
    has two forms, in which epsilon counts differently; PyTorch 1.0 takes the other.
    """
    other_form = torch.__version__.startswith(("1.0.", "1.1.", "1.2."))
    x, y = x.double().numpy(), y.double().numpy()
    theta, m, v = np.array(line, np.float64), np.zeros(2), np.zeros(2)
    lines = [theta]
    for t in range(1, epochs + 1):
        error = theta[0] * x + theta[1] - y
        gradient = np.array([(2 * error * x).mean(), (2 * error).mean()])
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        epsilon = 1e-8 / np.sqrt(1 - 0.999**t) if other_form else 1e-8
        step = lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + epsilon)
        theta = theta - step
        lines.append(theta)
    return lines


@pytest.mark.parametrize(
    "seed, noise, bound", [(seed, 0.3, 5e-7) for seed in range(10)] + [(0, 0, 1e-7)]
)
def test_the_default_settings_reach_least_squares(seed, noise, bound):
    x, y = make_data(DEFAULTS.samples, noise, seed)
    torch.manual_seed(seed)
    model = LinearRegression()
    main.train(model, x, y, EPOCHS, LR)
    assert gap(model, x, y) <= bound


# Lines a million times closer to zero have gradients so small that Adam's 1e-8 shows.
@pytest.mark.parametrize("scale", [1, 1e-7])
def test_every_step_is_adam_on_the_mean_squared_error(scale):
    x, y = make_data(100, 0.3, 2)
    y, first, lr = y * scale, (-4 * scale, 3 * scale), LR * scale
    model = start(*first)
    printed = main.train(model, x, y, EPOCHS, lr)
    lines = adam(x, y, first, EPOCHS, lr)
    before = [lines[epoch - 1] for epoch in ROWS]
    assert np.allclose(printed, before, 0, 1e-5 * scale)
    assert np.allclose(line_of(model), lines[-1], 1e-6, 1e-6 * scale)


@pytest.mark.parametrize(
    "epochs, rows",
    [(1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (5, [1, 2, 4, 5])]
    + [(8, [1, 2, 4, 8]), (50, [1, 2, 4, 8, 16, 32, 50])],
)
def test_a_row_shows_the_epoch_its_line_and_the_loss_of_that_line(epochs, rows, capsys):
    x, y = make_data(100, 0.3, 3)
    lines = main.train(start(0.5, -2), x, y, epochs, LR)
    blank, heading, *printed = capsys.readouterr().out.splitlines()
    assert blank == "" and heading.split() == ["epoch", "weight", "bias", "loss"]
    assert {len(row) for row in printed} == {len(heading)}

    numbers = [re.fullmatch(r" +(\d+)" + r" +(-?\d+\.\d{5})" * 3, p) for p in printed]
    assert [int(row.group(1)) for row in numbers] == rows
    shown = [[float(n) for n in row.groups()[1:]] for row in numbers]
    losses = [((w * x + b - y) ** 2).mean().item() for w, b in lines]
    assert lines[0] == (0.5, -2)
    assert np.allclose(shown, np.column_stack([lines, losses]), 0, 6e-6)


@pytest.mark.parametrize("weight, loss", [(1e30, "inf"), (np.nan, "nan")])
def test_a_loss_that_is_not_finite_ends_training_with_advice(weight, loss, capsys):
    x, y = make_data(100, 0.3, 4)
    with pytest.raises(SystemExit) as stop:
        main.train(start(weight, 0), x, y, 2, LR)
    assert stop.value.code == f"main.py: error: the loss is {loss}: try a smaller --lr"
    assert len(capsys.readouterr().out.splitlines()) == 2  # the heading and no row


def test_only_printed_rows_wait_for_the_device(monkeypatch):
    reads, item = [], torch.Tensor.item

    def count(tensor):
        reads.extend([tensor] if tensor.requires_grad else [])  # not Adam's own
        return item(tensor)

    monkeypatch.setattr(torch.Tensor, "item", count)
    lines = main.train(start(0, 0), *make_data(10, 0.3, 5), epochs=50, lr=LR)
    assert len(reads) == 3 * len(lines)  # the weight, the bias and the loss


def test_memory_does_not_grow_with_the_epochs():
    for _ in range(2):  # the first time, PyTorch loads what it needs
        tracemalloc.start()
        main.train(start(0, 0), *make_data(10, 0.3, 6), epochs=4000, lr=LR)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 4000 * 8  # not even a pointer an epoch


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("seed", range(5))
def test_cuda_agrees_with_the_cpu(seed):
    x, y = make_data(100, 0.3, seed)
    lines = []
    for device in ("cpu", "cuda"):
        torch.manual_seed(seed)
        model = LinearRegression().to(device)
        main.train(model, x.to(device), y.to(device), EPOCHS, LR)
        lines.append(line_of(model))
        assert gap(model, x, y) <= 5e-7
    assert np.allclose(lines[0], lines[1], rtol=0, atol=5e-7)
