"""A run: its points, what is reported, drawn and saved, what each flag does or refuses."""

import io
import os
import re
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
@pytest.mark.parametrize("seed, epochs", [(0, 2), (0, 32), (5, 2), (4, 16), (0, 512)])
def test_the_line_is_told_on_the_way_compared_at_the_end_and_used(seed, epochs, run):
    on_the_way = numbers(run(f"--seed {seed} --epochs {epochs + 1}"), epochs)
    out = run(f"--seed {seed} --epochs {epochs}")
    x, y = (column.double().numpy().ravel() for column in make_data(100, 0.3, seed))
    best, learned = np.polyfit(x, y, 1), on_the_way[:2]
    for name, line in ("true", [2, 1]), ("least squares", best), ("learned", learned):
        loss = np.mean((line[0] * x + line[1] - y) ** 2)
        assert np.allclose(numbers(out, name), [*line, loss], rtol=0, atol=3e-5)
    assert np.isclose(on_the_way[2], loss, rtol=0, atol=3e-5)
    told = numbers(out, "gap to least squares:") + numbers(out, "prediction.* 0.5:")
    right = max(abs(best - learned)), learned[0] * 0.5 + learned[1]
    assert np.allclose(told, right, rtol=[0.05, 0], atol=[6e-6, 2e-5])


def test_every_flag_reaches_what_it_names(run):
    out = run("--samples 50 --noise 0.5 --seed 7 --epochs 2 --lr 0.01 --save MY.PNG")
    assert ": 50 samples, 2 epochs, lr 0.01\n" in out and os.listdir(".") == ["MY.PNG"]
    assert out.endswith("Plot saved to MY.PNG\n")
    start, first, learned = (numbers(out, name)[:2] for name in (0, 1, "learned"))
    torch.manual_seed(7)
    assert np.allclose(start, main.get_line(LinearRegression()), rtol=0, atol=6e-6)
    assert np.allclose(abs(np.subtract(first, start)), 0.01, 0, 2e-5)  # Adam's: the lr
    points, lines = plt.gca().collections[0].get_offsets(), plt.gca().lines
    assert np.allclose(points, np.hstack([t.numpy() for t in make_data(50, 0.5, 7)]))
    for line, (w, b) in zip(lines, [learned, (2, 1), start, first]):
        assert np.allclose(line.get_ydata(), w * line.get_xdata() + b, 0, 2e-5)


def test_help_tells_what_each_flag_is_and_its_default(run, capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")  # newer Pythons print help in colours
    pytest.raises(SystemExit, run, "--help")
    out = " ".join(capsys.readouterr().out.split())  # in one line
    told = re.findall(r"--\S+(?: [A-Z]+)? [a-z][^-]+ \(default: (\S+)\)", out)
    assert told == ["100", "0.3", "400", "0.1", "0", "False", "fit.png", "False"]
    assert main.__doc__ in out


def test_the_picture_tells_all_lines_and_points_apart_from_end_to_end():
    x = np.linspace(4, 0, 100)
    (ax,) = main.plot(x, 2 * x + 1, [(99, 0), (50, 0), (9, 0), (3, 1)], (2.5, 1)).axes
    (points,), (learned, true, *others) = ax.collections, ax.lines
    labels = [artist.get_label() for artist in (points, learned, true)]
    assert labels == ["samples", "learned", "true"]
    legend = sorted(text.get_text() for text in ax.get_legend().get_texts())
    assert legend == ["learned", "on the way: the later, the darker", "samples", "true"]
    assert all(list(line.get_xdata()) == [0, 4] for line in ax.lines)
    # What lies in front is thinner and of another colour, so that both can be seen.
    assert sorted(ax.lines, key=lambda line: line.get_zorder())[-2:] == [learned, true]
    assert points.get_sizes()[0] ** 0.5 > learned.get_linewidth() > true.get_linewidth()
    colors = {ax.get_facecolor(), tuple(points.get_facecolor()[0])}
    assert len(colors.union(line.get_color() for line in ax.lines)) == 8
    shades = [sum(line.get_color()) for line in others]
    assert shades == sorted(shades, reverse=True)  # the later, the darker
    assert np.allclose(ax.get_ylim(), [1, 11], 0, 1)  # however far the others swing
    told = [ax.get_title(), ax.get_xlabel(), ax.get_ylabel(), true.get_linestyle()]
    assert told == ["Learned weight 2.50000, bias +1.00000", "x", "y", "--"]


def test_all_is_saved_and_printed_when_a_window_opens_unless_no_show(run, monkeypatch):
    pipe, seen = io.BytesIO(), []
    show = lambda: seen.extend([*os.listdir("."), pipe.getvalue().split()[-1]])
    monkeypatch.setattr(plt, "show", show)
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(pipe))  # waits for a flush
    run("--epochs 1")
    assert seen == ["fit.png", b"fit.png"]
    assert min(plt.imread("fit.png").shape[:2]) > 400  # pixels: large enough to read
    plt.switch_backend("svg")  # stands for any window system: it must not be used
    for name in "a.pdf", "a.svg":
        run("--samples 2 --noise 0 --epochs 1 --lr 0 --seed 0 --no-show --save " + name)
    assert len(seen) == 2 and plt.get_backend().lower() == "agg"


WRONG = "samples=1 noise=-1 epochs=0 lr=-1 seed=-1 save=fit save=no/a.svg"


@pytest.mark.parametrize("flag", [*WRONG.split(), "noise=nan", "lr=2.5e38"])
def test_what_fails_names_the_flag_and_leaves_no_file(flag, run, capsys, monkeypatch):
    # With SGD, lr=2.5e38 ends in an infinite weight and a finite bias.
    monkeypatch.setattr(torch.optim, "Adam", torch.optim.SGD)
    with pytest.raises(SystemExit) as stop:
        run("--epochs=1 --" + flag)
    message = (capsys.readouterr().err or stop.value.code).splitlines()[-1]
    assert "--" + flag.split("=")[0] in message and os.listdir(".") == []


def test_all_that_meets_is_on_the_gpu_unless_no_cuda(run, monkeypatch):
    pytest.importorskip("torch", minversion="1.13")
    # PyTorch's "meta" device stands for a GPU. An error comes where it meets the CPU.
    code = Path(main.__file__).read_text(encoding="utf-8").replace('"cuda"', '"meta"')
    Path("meta_main.py").write_text(code.replace("torch.cuda.is_available()", "True"))
    monkeypatch.setattr(torch.Tensor, "item", lambda tensor: 0.5)
    assert "Training on meta: " in run("--epochs 1", "meta_main.py")
    assert "Training on cpu: " in run("--epochs 1 --no-cuda", "meta_main.py")
