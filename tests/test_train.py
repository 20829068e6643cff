"""Training against references that everyone trusts: np.polyfit and Adam's own paper."""

import io
import re
from contextlib import redirect_stdout

import numpy as np
import pytest
import torch

from data import make_data
from main import train
from model import LinearRegression


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


def quietly_train(model, x, y, epochs, lr):
    """Train, and return what it printed."""
    with redirect_stdout(io.StringIO()) as out:
        train(model, x, y, epochs, lr)
    return out.getvalue()


def numpy_adam(x, y, weight, bias, epochs, lr):
    """Algorithm 1 of Kingma and Ba, https://arxiv.org/abs/1412.6980, in float64."""
    x, y = x.double().numpy(), y.double().numpy()
    theta, m, v = np.array([weight, bias]), np.zeros(2), np.zeros(2)
    for t in range(1, epochs + 1):
        error = theta[0] * x + theta[1] - y
        gradient = np.array([(2 * error * x).mean(), (2 * error).mean()])
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        theta = theta - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return theta


@pytest.mark.parametrize("seed", range(10))
def test_the_default_settings_reach_least_squares(seed):
    x, y = make_data(100, 0.3, seed)
    torch.manual_seed(seed)
    model = LinearRegression()
    quietly_train(model, x, y, 300, 0.1)
    assert gap(model, x, y) <= 1e-6


@pytest.mark.parametrize("weight, bias", [(0, 0), (5, -3), (-4, 2), (2.1, 9)])
def test_the_first_step_moves_by_lr_against_the_sign_of_the_gradient(weight, bias):
    x, y = make_data(100, 0.3, 1)
    error = weight * x + bias - y
    model = start(weight, bias)
    quietly_train(model, x, y, 1, 0.01)
    moved = np.array(line_of(model)) - (weight, bias)
    signs = np.sign([(error * x).mean().item(), error.mean().item()])
    assert np.allclose(moved, -0.01 * signs, rtol=1e-3)


@pytest.mark.parametrize("epochs", [1, 2, 10, 100])
def test_every_step_is_adam_on_the_mean_squared_error(epochs):
    x, y = make_data(50, 0.5, 2)
    model = start(-1.0, 3.0)
    quietly_train(model, x, y, epochs, 0.05)
    assert np.allclose(line_of(model), numpy_adam(x, y, -1.0, 3.0, epochs, 0.05), 1e-4)


def test_the_same_start_ends_the_same():
    x, y = make_data(100, 0.3, 3)
    one, other = start(0.5, 0.5), start(0.5, 0.5)
    assert quietly_train(one, x, y, 50, 0.1) == quietly_train(other, x, y, 50, 0.1)
    assert line_of(one) == line_of(other)


@pytest.mark.parametrize("epochs", [1, 2, 5, 9, 10, 11, 19, 20, 21, 99, 300, 1234])
def test_the_loss_is_printed_about_ten_times(epochs, monkeypatch):
    reads = []
    item = torch.Tensor.item

    def count(tensor):
        if tensor.requires_grad:  # the loss; Adam also reads its own step counts
            reads.append(tensor)
        return item(tensor)

    monkeypatch.setattr(torch.Tensor, "item", count)
    x, y = make_data(10, 0.3, 4)
    lines = quietly_train(start(0, 0), x, y, epochs, 0.1).splitlines()

    width = len(str(epochs))
    pattern = rf"epoch ([ \d]{{{width}}})/{epochs}  loss \d+\.\d{{4}}"
    printed = [int(re.fullmatch(pattern, line).group(1)) for line in lines]
    assert printed[0] == 1 and printed[-1] == epochs
    assert min(epochs, 6) <= len(printed) <= 12
    assert max(np.diff(printed + [epochs])) <= epochs / 5 + 1
    assert len(reads) == len(printed)  # each read makes a GPU wait: no other epoch does


def test_the_loss_printed_is_that_of_the_line_before_the_step():
    x, y = make_data(100, 0.3, 5)
    loss = ((0.5 * x - 2 - y) ** 2).mean().item()
    printed = quietly_train(start(0.5, -2), x, y, 1, 0.1)
    assert printed == f"epoch 1/1  loss {loss:.4f}\n"


@pytest.mark.parametrize("lr", [1e25, 1e37, 3.4e37, 3.5e37, 1e38, 1e39, 1e300])
def test_an_overflow_ends_training_with_advice(lr, capsys):
    x, y = make_data(100, 0.3, 6)
    with pytest.raises(SystemExit) as stop:
        train(start(0, 0), x, y, 300, lr)
    epoch = re.fullmatch(
        r"main\.py: error: .+ at epoch (\d+): try a smaller --lr", stop.value.code
    ).group(1)
    assert epoch == ("1" if lr > 3e37 else "30")  # 30: the second that is printed
    last = capsys.readouterr().out.splitlines()[-1:]
    assert last in ([], ["epoch  30/300  loss nan"], ["epoch  30/300  loss inf"])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("seed", range(5))
def test_cuda_agrees_with_the_cpu(seed):
    x, y = make_data(100, 0.3, seed)
    lines = []
    for device in ("cpu", "cuda"):
        torch.manual_seed(seed)
        model = LinearRegression().to(device)
        quietly_train(model, x.to(device), y.to(device), 300, 0.1)
        lines.append(line_of(model))
        assert gap(model, x, y) <= 1e-6
    assert np.allclose(lines[0], lines[1], rtol=0, atol=1e-6)
