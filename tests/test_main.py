"""A run: its points, what is reported, drawn and saved, what each flag does or refuses."""

import io
import os
import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import main
from data import make_data
from model import LinearRegression


def numbers(out, name):
    """Return the numbers on the printed line of that name."""
    return [float(n) for n in re.search(rf"(?m)^ *{name} +(.*)$", out).group(1).split()]


def test_points_are_around_the_line_and_the_same_for_the_same_seed():
    x, y = make_data(100000, 5, seed=4)
    assert x.shape == y.shape == (100000, 1) and x.dtype == y.dtype == torch.float32
    noise = (y - (2 * x + 1)).double()
    assert np.allclose([x.min(), x.double().mean(), x.max()], [-1, 0, 1], 0, 0.01)
    assert np.allclose([noise.mean(), noise.std()], [0, 5], rtol=0, atol=0.03)
    again, other = make_data(100000, 5, seed=4), make_data(100000, 5, seed=3)
    assert torch.equal(x, again[0]) and torch.equal(y, again[1])
    assert not torch.equal(x, other[0]) and not torch.equal(y, other[1])


# Stopped early, the weight or the bias is the farther from the best, above or below it.
@pytest.mark.parametrize("seed, epochs", [(0, 2), (0, 32), (5, 2), (4, 16)])
def test_the_learned_line_is_compared_with_least_squares_and_used(seed, epochs, run):
    out = run(f"--seed {seed} --epochs {epochs}")
    x, y = (column.double().numpy().ravel() for column in make_data(100, 0.3, seed))
    weight, bias, loss = numbers(out, epochs)
    assert np.isclose(loss, np.mean((weight * x + bias - y) ** 2), rtol=0, atol=3e-5)
    best = np.polyfit(x, y, 1)
    assert np.allclose(numbers(out, "least squares"), best, rtol=0, atol=6e-6)
    assert numbers(out, "learned") == [weight, bias] and numbers(out, "true") == [2, 1]
    (gap,) = numbers(out, "gap to least squares:")
    assert np.isclose(gap, max(abs([weight, bias] - best)), rtol=0.05, atol=6e-6)
    (at_half,) = numbers(out, "prediction at x = 0.5:")
    assert np.isclose(at_half, weight * 0.5 + bias, rtol=0, atol=2e-5)


def test_help_lists_the_flags_and_each_takes_its_lowest_number(run):
    pytest.raises(SystemExit, run, "--help")  # prints them
    run("--samples 2 --noise 0 --epochs 1 --lr 0 --seed 0")
    assert numbers(run("--noise 0"), "learned") == [2, 1]


def test_every_flag_reaches_what_it_names(run):
    out = run("--samples 50 --noise 0.5 --seed 7 --epochs 2 --lr 0.01 --save my.png")
    assert ": 50 samples, lr 0.01\n" in out and os.listdir(".") == ["my.png"]
    rows = np.array([numbers(out, epoch)[:2] for epoch in range(3)])
    torch.manual_seed(7)
    start = [parameter.item() for parameter in LinearRegression().parameters()]
    assert np.allclose(rows[0], start, rtol=0, atol=6e-6)
    assert np.allclose(abs(rows[1] - rows[0]), 0.01, 0, 2e-5)  # Adam's first is the lr
    x, y = (column.numpy() for column in make_data(50, 0.5, seed=7))
    assert np.allclose(plt.gca().collections[0].get_offsets(), np.hstack([x, y]))
    ends = np.array([x.min(), x.max()])
    shown = [w * ends + b for w, b in [(2, 1), rows[2], rows[0], rows[1]]]
    drawn = [line.get_ydata() for line in plt.gca().lines]  # true, learned, on the way
    assert np.allclose(drawn, shown, rtol=0, atol=2e-5)


def test_the_picture_tells_all_lines_and_points_apart_from_end_to_end():
    x = np.linspace(0, 4, 20000)  # in order, so that the first would be one end
    history = [(100.0, 0.0), (50.0, 0.0), (9.0, 0.0), (3.0, 1.0), (2.5, 1.0)]
    (ax,) = main.plot(x, 2 * x + 1, history).axes
    (points,), (true, learned, first, *others) = ax.collections, ax.lines
    drawn = points.get_offsets()[:, 0]
    assert len(drawn) == 5000 and drawn.min() == 0 and drawn.max() > 3.99
    names = "samples", "true line", "learned line", "on the way: the later, the darker"
    assert names == tuple(o.get_label() for o in (points, true, learned, first))
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {*names}
    shades = [sum(line.get_color()) for line in (first, *others)]  # more is lighter
    assert shades == sorted({*shades}, reverse=True) and true.get_linestyle() == "--"
    assert true.get_zorder() > learned.get_zorder() > first.get_zorder()  # in front
    assert np.allclose(ax.get_ylim(), [1, 11], 0, 1)  # however far the others swing
    assert (ax.get_title(), ax.get_xlabel()) == ("Learned weight 2.5, bias 1.0", "x")


def test_all_is_saved_and_printed_when_a_window_opens_unless_no_show(run, monkeypatch):
    pipe, seen = io.BytesIO(), []
    show = lambda: seen.extend([*os.listdir("."), pipe.getvalue().split()[-1]])
    monkeypatch.setattr(plt, "show", show)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe))  # waits for a flush
    run("--epochs 1")
    assert seen == ["fit.png", b"fit.png"]
    plt.switch_backend("svg")  # stands for any window system: it must not be used
    run("--epochs 1 --no-show")
    assert len(seen) == 2 and plt.get_backend().lower() == "agg"


WRONG = ["samples 1", "noise -1", "noise nan", "epochs 0", "lr -1", "lr nan", "seed -1"]


@pytest.mark.parametrize("flag", WRONG + ["save no/a.png", "save fit", "lr 1.5"])
def test_what_fails_names_the_flag_and_leaves_no_file(flag, run, capsys, monkeypatch):
    if flag == "lr 1.5":  # with SGD it ends in nan
        monkeypatch.setattr(torch.optim, "Adam", torch.optim.SGD)
    with pytest.raises(SystemExit) as exit:
        run("--" + flag.replace(" ", "="))
    message = (capsys.readouterr().err or exit.value.code).splitlines()[-1]
    assert "--" + flag.split()[0] in message and os.listdir(".") == []


def test_all_that_meets_is_on_the_gpu_unless_no_cuda(run, monkeypatch):
    pytest.importorskip("torch", minversion="1.13")
    # PyTorch's "meta" device stands for a GPU. An error comes where it meets the CPU.
    code = Path(main.__file__).read_text(encoding="utf-8").replace('"cuda"', '"meta"')
    code = code.replace("torch.cuda.is_available()", "True")
    Path("meta_main.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(torch.Tensor, "item", lambda tensor: 0.5)
    assert "Training on meta: " in run("--epochs 1", "meta_main.py")
    assert "Training on cpu: " in run("--epochs 1 --no-cuda", "meta_main.py")
