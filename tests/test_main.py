"""A run: what each flag does, what is reported, drawn and saved, what is refused."""

import os
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

import main
from data import make_data
from model import LinearRegression


def numbers_of(out, name):
    """Return the numbers on the printed line that begins with that name."""
    lines = [line.split(name, 1)[1] for line in out.splitlines() if name in line]
    return [float(number) for number in lines[0].split()]


def test_every_flag_reaches_what_it_names(run):
    flags = "--samples 50 --noise 2 --seed 7 --epochs 3 --lr 0.01"
    out = run(*flags.split()).out
    assert ": 50 samples, lr 0.01\n" in out
    rows = np.array([numbers_of(out, f" {epoch} ")[:2] for epoch in range(4)])
    torch.manual_seed(7)
    start = [parameter.item() for parameter in LinearRegression().parameters()]
    assert np.allclose(rows[0], start, rtol=0, atol=6e-6)
    assert np.allclose(abs(rows[1] - rows[0]), 0.01, rtol=0, atol=2e-5)  # Adam's first

    ax = plt.gcf().axes[0]
    points = np.hstack(make_data(50, 2, seed=7))
    assert np.array_equal(ax.collections[0].get_offsets(), points)
    ends = ax.lines[0].get_xdata()
    printed = sorted(list(w * ends + b) for w, b in rows)
    drawn = sorted(list(line.get_ydata()) for line in ax.lines)
    assert np.allclose(drawn, printed, rtol=0, atol=2e-5)


# Stopped early, the weight or the bias is the farther from the best, above or below it.
@pytest.mark.parametrize("seed, epochs", [(0, 2), (0, 32), (5, 2), (4, 16)])
def test_the_learned_line_is_reported_compared_and_used(seed, epochs, run):
    out = run("--seed", seed, "--epochs", epochs).out
    weight, bias = numbers_of(out, "learned")
    assert [weight, bias] == numbers_of(out, f" {epochs} ")[:2]
    assert numbers_of(out, "true") == [2, 1]

    x, y = (column.double().numpy() for column in make_data(100, 0.3, seed))
    columns = np.hstack([x, np.ones_like(x)])  # the bias is the weight of a 1
    best = np.linalg.lstsq(columns, y, rcond=None)[0].ravel()
    assert np.allclose(numbers_of(out, "least squares "), best, rtol=0, atol=6e-6)
    gap = max(abs(weight - best[0]), abs(bias - best[1]))
    assert np.allclose(numbers_of(out, "gap to least squares:"), gap, rtol=0.05)
    at_half = numbers_of(out, "prediction at x = 0.5:")
    assert np.allclose(at_half, weight * 0.5 + bias, rtol=0, atol=2e-5)


def legend_of(figure):
    return {text.get_text() for text in figure.axes[0].get_legend().get_texts()}


def test_the_picture_shows_and_names_the_points_and_the_lines():
    x, y = np.array([0.0, 1.0, 4.0]), np.array([1.0, 2.0, 9.0])
    figure = main.plot(x, y, [(100, 0), (1, 2), (2.5, 1)])
    on_the_way = "on the way: one line for each row printed"
    learned = "learned: weight 2.5, bias 1"
    assert legend_of(figure) == {"3 samples", on_the_way, learned}
    (ax,) = figure.axes
    assert ax.get_xlabel() == "x" and ax.get_ylabel() == "y" and ax.get_title()
    thickest = max(ax.lines, key=lambda line: line.get_linewidth())
    assert thickest.get_label() == learned

    # The frame fits points and learned line, however far the others swing out.
    for low, high, (start, end) in (0, 4, ax.get_xlim()), (1, 11, ax.get_ylim()):
        assert start <= low and high <= end < start + 1.2 * (high - low)

    figure.savefig("all.png")
    for part in (*ax.collections, *ax.lines):  # hidden, each leaves another picture
        part.set_visible(False)
        figure.savefig("less.png")
        part.set_visible(True)
        assert Path("less.png").read_bytes() != Path("all.png").read_bytes()


def test_of_many_points_5000_are_drawn_and_a_line_alone_is_the_learned_one():
    x = np.linspace(0, 1, 5001)
    figure = main.plot(x, x, [(1, 0)])
    assert len(figure.axes[0].collections[0].get_offsets()) == 5000
    assert legend_of(figure) == {"5,000 of 5,001 samples", "learned: weight 1, bias 0"}


def test_what_is_printed_is_out_at_once(monkeypatch):
    # Python holds back what goes to a file or a pipe until it is flushed.
    seen, line = [], (2.0, 1.0)
    with open("log", "w") as log:
        monkeypatch.setattr(sys, "stdout", log)
        look = lambda *_: seen.append(Path("log").read_text()) or line
        monkeypatch.setattr(np, "polyfit", look)  # right after training
        monkeypatch.setattr(plt, "show", look)  # while the window is open
        main.main(["--epochs", "4"])
    assert len(seen[0].splitlines()) == 3 + 4 and seen[1].endswith("saved to fit.png\n")


def test_save_writes_a_file_where_no_window_can_open():
    Path("broken_windows.py").write_text(  # stands for a window system that is broken
        "from matplotlib.backends.backend_agg import FigureCanvas\n"
        "def new_figure_manager(*args, **kwargs):\n"
        "    raise SystemExit('no window can open here')\n"
    )
    env = {"MPLBACKEND": "module://broken_windows", "PYTHONPATH": os.getcwd()}
    command = [sys.executable, main.__file__, "--save", "a.b.PDF"]
    out = subprocess.check_output(
        command, env={**os.environ, **env}, stderr=subprocess.STDOUT
    )
    assert out.decode().splitlines()[-1] == "Plot saved to a.b.PDF"
    assert Path("a.b.PDF").read_bytes().startswith(b"%PDF")


def test_save_opens_no_window_and_writes_nothing_else(run, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a window opened"))
    run("--save", "a.png")
    assert os.listdir(".") == ["a.png"]


@pytest.mark.parametrize("path", ["no/a.png", "a.xyz", "fit", "", "folder.png"])
def test_a_picture_that_cannot_be_written_ends_with_one_line(path, run):
    os.mkdir("folder.png")
    ended = run("--save", path)
    assert "gap to least squares: " in ended.out and "saved" not in ended.out
    start = f"main.py: error: argument --save: can't write {path}: "
    assert ended.exit.startswith(start) and len(ended.exit.splitlines()) == 1
    assert os.listdir(".") == ["folder.png"]


def test_a_line_that_is_not_finite_ends_with_advice_and_no_picture(run, monkeypatch):
    x, y = make_data(100, 0.3, seed=0)
    y[7] = float("nan")  # as in a table with a hole
    monkeypatch.setattr(main, "make_data", lambda *_: (x, y))
    ended = run()
    assert np.isnan(numbers_of(ended.out, " 0 ")[2]) and "learned" not in ended.out
    assert ended.exit.startswith("main.py: error: ") and "smaller --lr" in ended.exit
    assert os.listdir(".") == []


RANGES = [
    ("--samples", 3, 10_000_000),
    ("--noise", 0, 1000),
    ("--epochs", 1, 1_000_000),
    ("--lr", 0.000001, 1000),
    ("--seed", 0, 2**63 - 1),
]


@pytest.mark.parametrize("flag, low, high", RANGES)
def test_a_flag_takes_its_range_and_refuses_the_rest_in_one_line(flag, low, high, run):
    for value in low, high:
        assert getattr(main.parse_args([flag, str(value)]), flag[2:]) == value
    for value in low - 1, high + 1, "nan", "many":
        ended = run(f"{flag}={value}")
        error = ended.err.splitlines()[-1]
        assert ended.exit == 2 and not ended.out
        assert f"error: argument {flag}: " in error
        assert f"from {low:,} to {high:,}" in error or f"value: '{value}'" in error


def test_a_run_trains_on_cuda_where_there_is_one(run, monkeypatch):
    # PyTorch's "meta" device, which has shapes and no numbers, stands for the GPU.
    pytest.importorskip("torch", minversion="1.13")
    device, seen = torch.device, []

    def train(model, x, y, epochs, lr):
        seen.extend(tensor.device.type for tensor in (*model.parameters(), x, y))
        sys.exit()

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "device", lambda d: device("meta" if d == "cuda" else d))
    monkeypatch.setattr(main, "train", train)
    run()
    assert seen == ["meta"] * 4


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_real_gpu_is_used(run):
    before = torch.cuda.max_memory_allocated()
    assert run().out.startswith("Training on cuda: ")
    assert torch.cuda.max_memory_allocated() > before
