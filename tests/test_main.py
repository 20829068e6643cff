"""A run: what it reports, draws and saves, and what each flag takes."""

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


def numbers_of(out, name):
    """Return the numbers of each printed row of that name, a regular expression."""
    rows = re.findall(rf"^ *{name}((?: +-?\d+\.\d{{5}}){{2,3}})$", out, re.MULTILINE)
    return [[float(number) for number in row.split()] for row in rows]


def test_least_squares_is_the_line_that_numpy_finds_also_far_off_centre():
    x, y = (tensor + 10 for tensor in make_data(1000000, 0.3, 1))
    best = np.polyfit(x.double().numpy().ravel(), y.double().numpy().ravel(), 1)
    assert np.allclose(main.least_squares(x, y), best, rtol=1e-10, atol=0)


def test_report_shows_three_lines_and_the_larger_difference(capsys):
    for weight, bias in (1.5, 0.75), (1.5, 1.25), (1.25, 1.125), (1.75, 0.875):
        main.report(weight, bias, 1.5, 1.0)
        out = capsys.readouterr().out
        assert numbers_of(out, "true") == [[2, 1]]
        assert numbers_of(out, "least squares") == [[1.5, 1]]
        assert numbers_of(out, "learned") == [[weight, bias]]
        assert out.endswith("\ngap to least squares: 2.5e-01\n")


def test_a_run_starts_from_its_seed_and_reports_the_line_after_the_last_step(run):
    torch.manual_seed(1)
    start = np.array([p.item() for p in LinearRegression().parameters()])
    out = run("--seed", 1, "--epochs", 1)[1]
    assert np.allclose(numbers_of(out, "1")[0][:2], start, rtol=0, atol=6e-6)
    # Adam's first step is the learning rate, 0.15, here up to weight 2 and bias 1.
    assert np.allclose(numbers_of(out, "learned"), start + 0.15, rtol=0, atol=6e-6)


@pytest.mark.parametrize("n, seed, lr", [(100, 0, 0.15), (1000, 3, 1000)])
def test_a_run_draws_its_points_and_the_lines_it_learned(n, seed, lr, run):
    out = run("--samples", n, "--seed", seed, "--lr", lr)[1]
    (ax,) = plt.gcf().axes
    (points,), (learned, *way) = ax.collections, ax.lines
    x, y = (tensor.numpy() for tensor in make_data(n, 0.3, seed))
    assert np.array_equal(points.get_offsets(), np.hstack([x, y]))

    ends = np.array([x.min(), x.max()])
    (weight, bias), *rows = numbers_of(out, "learned") + numbers_of(out, r"\d+")
    assert len(way) == len(rows) == 10
    for line, (w, b, *_) in zip(ax.lines, [(weight, bias), *rows]):
        drawn = np.column_stack([ends, w * ends + b])
        assert np.allclose(line.get_xydata(), drawn, rtol=0, atol=2e-5)
        assert line.get_color() == learned.get_color() and line.get_linewidth() > 0

    assert points.get_label() == f"{n:,} samples"
    assert learned.get_label() == f"learned: weight {weight:.3f}, bias {bias:.3f}"
    assert way[-1].get_label() == "on the way: one line for each row printed"
    legend = {text.get_text() for text in ax.get_legend().get_texts()}
    assert legend == {part.get_label() for part in (points, learned, way[-1])}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "y") and ax.get_title()

    # The frame fits what was learned, however far a line on the way swings out.
    fitted = np.vstack([points.get_offsets(), learned.get_xydata()]).T
    for data, (low, high) in zip(fitted, (ax.get_xlim(), ax.get_ylim())):
        assert low <= min(data) and max(data) <= high < low + 1.2 * np.ptp(data)


def test_of_many_points_the_picture_shows_5000_and_says_so(run):
    assert ": 5,001 samples, lr 0.2\n" in run("--samples", 5001, "--lr", 0.2)[1]
    (points,) = plt.gcf().axes[0].collections
    drawn = torch.cat(make_data(5001, 0.3, 0), 1)[:5000].numpy()
    assert np.array_equal(points.get_offsets(), drawn)
    assert points.get_label() == "5,000 of 5,001 samples"


def test_rows_are_out_once_made_and_all_is_before_the_window_opens(monkeypatch):
    # In a file, as in a pipe, Python holds back what is printed until it is flushed.
    seen, log = [], Path("log")
    monkeypatch.setattr(main, "report", lambda *_: seen.append(log.read_text()))
    monkeypatch.setattr(plt, "show", lambda: seen.append(log.read_text()))
    with log.open("w") as file:
        monkeypatch.setattr(sys, "stdout", file)
        main.main([])
    assert len(numbers_of(seen[0], r"\d+")) == 10
    assert seen[1].endswith("\n\nPlot saved to fit.png\n")


@pytest.mark.parametrize("path", ["a.pdf", "a.svg", "down/a.b.PNG", "./.a.Svg"])
def test_save_writes_that_file_alone_and_opens_no_window(path, run, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a window opened"))
    os.mkdir("down")
    Path(path).write_text("the picture before, to be replaced")
    code, out, _ = run("--save", path)
    assert code is None and out.endswith(f"\nPlot saved to {path}\n")
    start = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[path[-3:].lower()]
    assert Path(path).read_bytes().startswith(start)
    assert set(os.listdir("down") + os.listdir(".")) == {"down", os.path.basename(path)}


def test_a_picture_that_cannot_be_written_ends_with_one_line(run):
    os.mkdir("fit.png")
    code, out, _ = run()
    assert "gap to least squares: " in out and "saved" not in out
    assert code.startswith("main.py: error: can't write fit.png: ")


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
    assert run()[1].startswith("Training on cuda: ")
    assert torch.cuda.max_memory_allocated() > before


FLAGS = {  # the default, the least and the most that each takes, and what it refuses
    "--samples": (100, "3", "10,000,000", ["2", "10000001", "2.5", "many"]),
    "--noise": (0.3, "0", "1,000", ["-1e-9", "1000.1", "nan", "1,5"]),
    "--epochs": (400, "1", "1,000,000", ["0", "1000001", "1e3", ""]),
    "--lr": (0.15, "0.000001", "1,000", ["0", "0.0000009", "1000.1", "inf"]),
    "--seed": (0, "0", "2**63 - 1", ["-1", str(2**63), "0.5"]),
}
BAD = [(flag, value) for flag in FLAGS for value in FLAGS[flag][-1]]
BAD += [("--save", path) for path in ("", "fit", "a.eps", "no/a.png", "file/a.png")]


@pytest.mark.parametrize("flag, value", BAD)
def test_a_bad_value_is_refused_in_one_line_before_any_work(flag, value, run):
    Path("file").touch()
    code, out, err = run(f"{flag}={value}")
    assert code == 2 and out == "" and os.listdir(".") == ["file"]
    takes = r"takes a .*(\d to \d|\.png, \.pdf or \.svg)|invalid (int|float) value: "
    *usage, last = err.splitlines()
    assert usage and re.match(f".*: error: argument {flag}: ({takes})", last)


@pytest.mark.parametrize("flag", FLAGS)
def test_the_ends_of_its_range_are_taken_and_help_states_them(flag, run, monkeypatch):
    default, low, high, _ = FLAGS[flag]
    for text in low, high.replace(",", "").replace("2**63 - 1", str(2**63 - 1)):
        assert getattr(main.parse_args([flag, text]), flag[2:]) == type(default)(text)
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run("--help")
    assert code == 0 and max(len(line) for line in out.splitlines()) < 80
    text = " ".join(out.split())
    assert main.__doc__ in text and "--save FILE .png, .pdf or .svg in" in text
    end = re.escape(f", {low} to {high} (default: {default})")
    assert re.search(rf"{flag} [A-Z]+ [^()]+{end}", text)


def test_the_ends_of_the_ranges_print_straight_columns(run):
    for flags, count in (
        ("--samples 3 --noise 1000 --lr 1000 --epochs 400", 13),
        ("--samples 3 --noise -0 --lr 1000 --epochs 1", 4),
        ("--samples 9999 --noise 1000 --lr 0.000001 --seed 9223372036854775807", 13),
        ("--samples 9999 --noise 0 --lr 0.000001", 13),
    ):
        code, out, _ = run(*flags.split())
        rows = [line for line in out.splitlines() if numbers_of(line, r"[a-z \d]+")]
        assert code is None and len(rows) == count
        assert {len(row) for row in rows} == {13 + 14 + 14, 13 + 14 + 14 + 14}
