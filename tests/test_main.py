"""A run: its points, what is reported, drawn and saved, what each flag does or refuses."""

import io
import os
import re
import sys
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

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
def test_the_line_is_told_on_the_way_compared_at_the_end_and_used(seed, epochs, run):
    out = run(f"--seed {seed} --epochs {epochs}")
    x, y = (column.double().numpy().ravel() for column in make_data(100, 0.3, seed))
    best = np.polyfit(x, y, 1)
    for name, line in ("true", [2, 1]), ("least squares", best), ("learned", None):
        weight, bias, loss = numbers(out, name)
        assert line is None or np.allclose([weight, bias], line, rtol=0, atol=6e-6)
        squares = (weight * x + bias - y) ** 2
        assert np.isclose(loss, squares.mean(), rtol=0, atol=3e-5)
    on_the_way = numbers(run(f"--seed {seed} --epochs {epochs + 1}"), epochs)
    assert np.allclose(on_the_way, [weight, bias, loss], rtol=0, atol=3e-5)
    (gap,) = numbers(out, "gap to least squares:")
    assert np.isclose(gap, max(abs([weight, bias] - best)), rtol=0.05, atol=6e-6)
    (at_half,) = numbers(out, "prediction at x = 0.5:")
    assert np.isclose(at_half, weight * 0.5 + bias, rtol=0, atol=2e-5)


def test_every_flag_reaches_what_it_names(run):
    out = run("--samples 50 --noise 0.5 --seed 7 --epochs 2 --lr 0.01 --save MY.PNG")
    assert out.startswith("Training on") and ": 50 samples, 2 epochs, lr 0.01\n" in out
    assert out.endswith("Plot saved to MY.PNG\n") and os.listdir(".") == ["MY.PNG"]
    lines = [numbers(out, name)[:2] for name in (0, 1, "learned")]
    torch.manual_seed(7)
    start = [parameter.item() for parameter in LinearRegression().parameters()]
    assert np.allclose(lines[0], start, rtol=0, atol=6e-6)
    assert np.allclose(abs(np.subtract(lines[1], start)), 0.01, 0, 2e-5)  # Adam's: lr
    x, y = (column.numpy() for column in make_data(50, 0.5, seed=7))
    assert np.allclose(plt.gca().collections[0].get_offsets(), np.hstack([x, y]))
    ends = np.array([x.min(), x.max()])
    shown = [w * ends + b for w, b in [lines[2], (2, 1), lines[0], lines[1]]]
    drawn = [line.get_ydata() for line in plt.gca().lines]
    assert np.allclose(drawn, shown, rtol=0, atol=2e-5)


def test_help_tells_what_each_flag_is_and_its_default(run, capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")  # newer Pythons print help in colours
    pytest.raises(SystemExit, run, "--help")
    out = " ".join(capsys.readouterr().out.split())  # in one line
    told = dict(re.findall(r"--(\S+) [A-Z]+ [a-z][^-]* \(default: (\S+)\)", out))
    defaults = {"samples": "100", "noise": "0.3", "epochs": "400", "lr": "0.1"}
    assert told == dict(defaults, seed="0", save="fit.png") and main.__doc__ in out
    assert "--no-cuda train on the CPU" in out and "--no-show open no window" in out


def test_the_picture_tells_all_lines_and_points_apart_from_end_to_end():
    x = np.linspace(0, 4, 20000)  # in order, so that the first would be one end
    way = [(100.0, 0.0), (50.0, 0.0), (9.0, 0.0), (3.0, 1.0)]
    (ax,) = main.plot(x, 2 * x + 1, way, (2.5, 1.0)).axes
    (points,), (learned, true, first, *others) = ax.collections, ax.lines
    drawn = points.get_offsets()[:, 0]
    assert len(drawn) == 5000 and drawn.min() == 0 and drawn.max() > 3.99
    names = "samples", "learned", "true", "on the way: the later, the darker"
    assert names == tuple(o.get_label() for o in (points, learned, true, first))
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {*names}
    # What lies in front is thinner and of another colour, so that both can be seen.
    assert sorted(ax.lines, key=lambda line: line.get_zorder())[-2:] == [learned, true]
    assert points.get_sizes()[0] ** 0.5 > learned.get_linewidth() > true.get_linewidth()
    colors = [ax.get_facecolor()[:3], points.get_facecolor()[0][:3]]
    colors += [to_rgb(line.get_color()) for line in (learned, true, first)]
    assert all(max(abs(np.subtract(a, b))) > 0.2 for a, b in combinations(colors, 2))
    shades = [sum(line.get_color()) for line in (first, *others)]  # more is lighter
    assert shades == sorted({*shades}, reverse=True)
    low, high = ax.get_ylim()
    assert -10 < low <= 1 and 11 <= high < 20  # however far the others swing
    told = ax.get_title(), ax.get_xlabel(), ax.get_ylabel()
    assert told == ("Learned weight 2.50000, bias +1.00000", "x", "y")


def test_all_is_saved_and_printed_when_a_window_opens_unless_no_show(run, monkeypatch):
    pipe, seen = io.BytesIO(), []
    show = lambda: seen.extend([*os.listdir("."), pipe.getvalue().split()[-1]])
    monkeypatch.setattr(plt, "show", show)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe))  # waits for a flush
    run("--epochs 1")
    assert seen == ["fit.png", b"fit.png"]
    assert min(plt.imread("fit.png").shape[:2]) > 400  # pixels: large enough to read
    plt.switch_backend("svg")  # stands for any window system: it must not be used
    run("--epochs 1 --no-show")
    assert len(seen) == 2 and plt.get_backend().lower() == "agg"


def test_each_flag_takes_its_lowest_number_and_no_lower_one(run, capsys):
    lowest = "--samples=2 --noise=0 --epochs=1 --lr=0 --seed=0"
    for name in "a.pdf", "a.svg":
        run(f"{lowest} --save {name}")
        assert Path(name).exists()
    for flag in lowest.split():
        name, low = flag.split("=")
        pytest.raises(SystemExit, run, f"{name}={int(low) - 1}")
        assert f"argument {name}: takes {low} or more" in capsys.readouterr().err


# With SGD, --lr 1.5 ends in nan; 3e38 in an infinite weight beside a finite bias.
WRONG = ["--save no/a.png", "--save fit", "--lr 1.5", "--lr 3e38 --epochs 1"]


@pytest.mark.parametrize("flags", WRONG)
def test_what_fails_names_the_flag_and_leaves_no_file(flags, run, capsys, monkeypatch):
    monkeypatch.setattr(torch.optim, "Adam", torch.optim.SGD)
    with pytest.raises(SystemExit) as exit:
        run(flags)
    message = (capsys.readouterr().err or exit.value.code).splitlines()[-1]
    assert flags.split()[0] in message and os.listdir(".") == []


def test_all_that_meets_is_on_the_gpu_unless_no_cuda(run, monkeypatch):
    pytest.importorskip("torch", minversion="1.13")
    # PyTorch's "meta" device stands for a GPU. An error comes where it meets the CPU.
    code = Path(main.__file__).read_text(encoding="utf-8").replace('"cuda"', '"meta"')
    code = code.replace("torch.cuda.is_available()", "True")
    Path("meta_main.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(torch.Tensor, "item", lambda tensor: 0.5)
    assert "Training on meta: " in run("--epochs 1", "meta_main.py")
    assert "Training on cpu: " in run("--epochs 1 --no-cuda", "meta_main.py")
