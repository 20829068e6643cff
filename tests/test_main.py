"""A run: what each flag does, what is reported, drawn and saved, what is refused."""

import os
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgba

import main
from data import make_data
from model import LinearRegression


@pytest.fixture
def run(capsys, monkeypatch):
    """A function that runs main.py with these flags and returns what it prints."""

    def run(flags):
        monkeypatch.setattr(sys, "argv", ["main.py", *flags.split()])
        main.main()
        return capsys.readouterr().out

    return run


def numbers_of(out, name):
    """Return the numbers on the printed line that begins with that name."""
    lines = [line.strip() for line in out.splitlines()]
    (found,) = [line for line in lines if line.startswith(name + " ")]
    return [float(number) for number in found[len(name) :].split()]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_show_the_line_and_its_loss_on_the_way_to_least_squares(seed, capsys):
    x, y = make_data(100, 0.3, seed)
    torch.manual_seed(seed)
    history = main.train(LinearRegression(), x, y, epochs=600, lr=0.15)
    losses = [((w * x + b - y) ** 2).mean().item() for w, b in history]
    epochs = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600]
    table = capsys.readouterr().out.splitlines()[2:]  # without its heading
    rows = np.array([row.split() for row in table], dtype=float)
    assert np.allclose(rows, np.column_stack([epochs, history, losses]), 0, 6e-6)
    best = np.polyfit(x.numpy().ravel(), y.numpy().ravel(), 1)
    assert np.allclose(history[-1], best, rtol=0, atol=5e-7)


def test_every_flag_reaches_what_it_names(run):
    out = run("--samples 50 --noise 0.5 --seed 7 --epochs 3 --lr 0.01")
    assert ": 50 samples, lr 0.01\n" in out
    rows = np.array([numbers_of(out, str(epoch))[:2] for epoch in range(4)])
    first_step = abs(rows[1] - rows[0])
    assert np.allclose(first_step, 0.01, rtol=0, atol=2e-5)  # Adam's is the lr
    torch.manual_seed(7)
    start = [parameter.item() for parameter in LinearRegression().parameters()]
    assert np.allclose(rows[0], start, rtol=0, atol=6e-6)

    (points,), lines = plt.gca().collections, plt.gca().lines
    assert points.get_label() == "50 samples"
    x, y = (column.numpy() for column in make_data(50, 0.5, seed=7))
    assert np.array_equal(points.get_offsets(), np.hstack([x, y]))
    ends = np.array([x.min(), x.max()])
    assert np.array_equal(lines[0].get_xdata(), ends)
    learned, *on_the_way = [line.get_ydata() for line in lines]
    printed = [weight * ends + bias for weight, bias in rows]
    assert np.allclose([*on_the_way, learned], printed, rtol=0, atol=2e-5)


# Stopped early, the weight or the bias is the farther from the best, above or below it.
@pytest.mark.parametrize("seed, epochs", [(0, 2), (0, 32), (5, 2), (4, 16)])
def test_the_learned_line_is_reported_compared_and_used(seed, epochs, run):
    out = run(f"--seed {seed} --epochs {epochs}")
    weight, bias = numbers_of(out, "learned")
    assert [weight, bias] == numbers_of(out, str(epochs))[:2]
    assert numbers_of(out, "true") == [2, 1]
    x, y = (column.numpy().ravel() for column in make_data(100, 0.3, seed))
    best = np.polyfit(x, y, 1)
    assert np.allclose(numbers_of(out, "least squares"), best, rtol=0, atol=6e-6)
    gap = max(abs(weight - best[0]), abs(bias - best[1]))
    assert np.allclose(numbers_of(out, "gap to least squares:"), gap, rtol=0.05)
    at_half = numbers_of(out, "prediction at x = 0.5:")
    assert np.allclose(at_half, weight * 0.5 + bias, rtol=0, atol=2e-5)


def test_the_picture_shows_all_lines_and_points_from_end_to_end():
    x = np.linspace(0, 4, 20000)  # in order, so that the first would be one end
    history = [(100, 0), (50, 0), (9, 0), (1, 2), (3, 1), (2.5, 1)]
    (ax,) = main.plot(x, 2 * x + 1, history).axes
    (points,), (learned, *on_the_way) = ax.collections, ax.lines
    drawn = points.get_offsets()[:, 0]
    assert len(drawn) == 5000 and drawn.min() == 0 and drawn.max() > 3.99
    assert points.get_label() == "20,000 samples, 1 in 4 drawn"
    assert learned.get_label() == "learned: weight 2.5, bias 1"
    assert on_the_way[2].get_label() == "on the way: the later, the darker"
    assert len(ax.get_legend().get_texts()) == 3  # these, and no other line's
    assert ax.get_title() and (ax.get_xlabel(), ax.get_ylabel()) == ("x", "y")
    assert points.get_sizes() > 9 and sum(points.get_facecolor()[0]) < 3.5
    assert learned.get_linewidth() > on_the_way[2].get_linewidth() > 1
    assert learned.get_zorder() > on_the_way[2].get_zorder()  # on top
    shades = [sum(to_rgba(line.get_color())) for line in (*on_the_way, learned)]
    assert shades[0] < 3.5 and shades == sorted(set(shades), reverse=True)  # 4 is white
    bottom, top = ax.get_ylim()  # fits these, however far the others swing out
    assert 0 < bottom < 1 and 11 < top < 12


def test_without_save_the_picture_is_in_fit_png_and_a_window(run, monkeypatch):
    there = []
    monkeypatch.setattr(plt, "show", lambda: there.extend(os.listdir(".")))
    run("--epochs 1")
    assert there == ["fit.png"]  # while the window is open


def test_save_writes_that_file_alone_and_needs_no_window(run, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a window opened"))
    plt.switch_backend("svg")  # stands for any window system: it must not be used
    assert "Plot saved to a.b.PDF" in run("--epochs 1 --save a.b.PDF")
    assert plt.get_backend().lower() == "agg" and os.listdir(".") == ["a.b.PDF"]


@pytest.mark.parametrize("flags", ["--save no/a.png", "--save fit", "--lr 1e20"])
def test_what_fails_ends_in_one_line_that_names_the_flag_and_leaves_no_file(flags, run):
    with pytest.raises(SystemExit, match=f"^main.py: error: .*{flags.split()[0]}.*$"):
        run(flags + " --epochs 2")
    assert os.listdir(".") == []


@pytest.mark.parametrize("flag", ["samples 3", "noise 0", "epochs 1", "lr 0", "seed 0"])
def test_a_flag_takes_its_lowest_number_and_refuses_less(flag, run, capsys):
    name, lowest = flag.split()
    run(f"--{name}={lowest}")
    with pytest.raises(SystemExit):
        run(f"--{name}={int(lowest) - 1}")
    assert f"argument --{name}: takes {lowest} or more" in capsys.readouterr().err


@pytest.mark.parametrize("flags, device", [("", "cuda"), ("--no-cuda", "cpu")])
def test_a_run_is_on_cuda_where_there_is_one(flags, device, run, monkeypatch):
    moved = []
    for kind in torch.nn.Module, torch.Tensor:  # stays where it is: needs no GPU
        monkeypatch.setattr(kind, "to", lambda self, to: moved.append(to.type) or self)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(main, "train", lambda *_: [(2, 1)])
    assert f"Training on {device}: " in run(flags)
    assert moved == [device] * 4  # by .to: the model, x, y, the x to predict for
