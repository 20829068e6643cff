"""The report, the picture and the command line, from flag to file."""

import errno
import os
import re
import struct
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

import main
from data import make_data
from model import LinearRegression

from .test_learning import DEFAULTS, ROWS, adam

MAIN = os.path.abspath(main.__file__)
NUMBER = r" +(-?\d+\.\d{5})"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Run in a folder of its own, and leave no figure open."""
    monkeypatch.chdir(str(tmp_path))
    yield tmp_path
    plt.close("all")


@pytest.fixture
def run(capsys):
    """Return a function that is `python main.py FLAG ...`, less a second's start.

    It returns what the exit is called with, None at the end, and both outputs.
    """

    def run(*flags):
        code = None
        try:
            main.main([str(flag) for flag in flags])
        except SystemExit as stop:
            code = stop.code
        return (code,) + tuple(capsys.readouterr())

    return run


def process(*command, **settings):
    """Start a real Python, with pipes to read what it prints."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = (sys.executable,) + command
    return subprocess.Popen(command, universal_newlines=True, **pipes, **settings)


def numbers_of(out, name):
    """Return the numbers of the printed row of that name, or of that epoch."""
    row = re.search(rf"^ *{name}((?:{NUMBER})+)$", out, re.MULTILINE)
    return [float(number) for number in row.group(1).split()]


# The report


def test_least_squares_is_the_one_that_numpy_finds_also_far_off_centre():
    x, y = make_data(1000000, 0.3, 1)
    x, y = x + 1, y + 1000  # where sums in float32 go wrong
    best = np.polyfit(x.double().numpy().ravel(), y.double().numpy().ravel(), 1)
    assert np.allclose(main.least_squares(x, y), best, rtol=1e-10, atol=0)


@pytest.mark.parametrize(
    "weight, bias, gap",
    [(1.5, 0.75, "2.5e-01"), (1.5, 1.25, "2.5e-01"), (1.25, 1.125, "2.5e-01")]
    + [(1.75, 0.875, "2.5e-01"), (1.5, 1.0, "0.0e+00"), (1.5 - 2e-7, 1, "2.0e-07")],
)
def test_report_shows_three_lines_and_the_larger_difference(weight, bias, gap, capsys):
    main.report(weight, bias, 1.5, 1.0)
    assert capsys.readouterr().out == (
        "\n"
        "true                2.00000       1.00000\n"
        "least squares       1.50000       1.00000\n"
        f"learned       {weight:13.5f} {bias:13.5f}\n"
        f"gap to least squares: {gap}\n"
    )


# The picture


def parts_of_the_picture():
    """Return the open figure's axes, points, learned line, and lines on the way."""
    (ax,) = plt.gcf().axes
    (points,), (learned, *way) = ax.collections, ax.lines
    return ax, points, learned, way


@pytest.mark.parametrize(
    "flags",
    [(), ("--seed", 3), ("--noise", 3, "--seed", 5), ("--samples", 5000, "--lr", 0.2)],
)
def test_a_run_draws_its_points_and_the_lines_it_learned(flags, run):
    settings = main.parse_args([str(flag) for flag in flags])
    code, out, err = run(*flags)
    assert code is None and err == ""
    assert f": {settings.samples:,} samples, Adam at lr {settings.lr}\n" in out
    ax, points, learned, way = parts_of_the_picture()
    x, y = make_data(settings.samples, settings.noise, settings.seed)
    assert np.array_equal(points.get_offsets(), torch.cat([x, y], 1).numpy())

    # The learned line is that of least squares, and not the true one.
    weight, bias = np.polyfit(x.numpy().ravel(), y.numpy().ravel(), 1)
    assert np.allclose(numbers_of(out, "learned"), (weight, bias), 0, 1e-5)
    printed = [numbers_of(out, epoch)[:2] for epoch in ROWS]
    assert len(way) == len(printed)
    ends = np.array([x.min(), x.max()])
    for line, (w, b) in zip([learned] + way, [(weight, bias)] + printed):
        assert np.allclose(line.get_xdata(), ends)
        assert np.allclose(line.get_ydata(), w * ends + b, 0, 2e-5)

    labels = [part.get_label() for part in (points, learned, way[-1])]
    assert set(labels) == {text.get_text() for text in ax.get_legend().get_texts()}
    assert labels == [
        f"{settings.samples:,} samples",
        f"learned: weight {weight:.3f}, bias {bias:.3f}",
        "on the way: one line for each row printed",
    ]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "y") and ax.get_title()


@pytest.mark.parametrize("lr", [DEFAULTS.lr, 1000])
def test_the_frame_fits_however_far_a_line_on_the_way_swings_out(lr, run):
    run("--lr", lr)
    ax, points, learned, way = parts_of_the_picture()
    assert max(abs(line.get_ydata()).max() for line in way) > lr
    assert ax.get_xscale() == ax.get_yscale() == "linear"
    drawn = np.concatenate([points.get_offsets(), learned.get_xydata()]).T
    for data, (low, high) in zip(drawn, (ax.get_xlim(), ax.get_ylim())):
        assert low <= min(data) < low + 0.1 * (high - low)
        assert high >= max(data) > high - 0.1 * (high - low)


def test_of_many_points_the_picture_shows_5000_and_says_so(run):
    run("--samples", 5001, "--epochs", 1)
    _, points, *_ = parts_of_the_picture()
    drawn = torch.cat(make_data(5001, 0.3, 0), 1)[:5000].numpy()
    assert np.array_equal(points.get_offsets(), drawn)
    assert points.get_label() == "5,000 of 5,001 samples"


def test_the_parts_of_the_picture_can_be_told_apart_without_colour(run):
    run()
    ax, points, learned, way = parts_of_the_picture()
    assert ax.get_legend().get_frame().get_alpha() == 1
    assert learned.get_linewidth() >= 2 and learned.get_alpha() is None
    assert learned.get_zorder() > points.get_zorder()
    assert 8 <= points.get_sizes()[0] <= 25
    for line in way:
        assert line.get_color() == learned.get_color()
        assert 0.5 <= line.get_linewidth() < 1.5 and 0.2 <= line.get_alpha() <= 0.5
    grey = [0.299, 0.587, 0.114]  # how bright red, green and blue are (ITU-R BT.601)
    dark = np.dot(to_rgb(learned.get_color()), grey)
    light = np.dot(points.get_facecolor()[0][:3], grey)
    assert dark < light - 0.4 and light < 0.7


# A whole run

OUTPUT = rf"""Training on (cpu|cuda): 100 samples, Adam at lr 0\.15

        epoch        weight          bias          loss
( {{10,12}}\d+{NUMBER}{NUMBER}{NUMBER}
){{10}}
true                2\.00000       1\.00000
least squares       1\.98039       0\.97815
learned             1\.98039       0\.97815
gap to least squares: (\d\.\de-\d\d)

Plot saved to fit\.png
"""
START = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}


def test_two_real_runs_print_the_same_and_leave_a_picture(empty_folder):
    (empty_folder / "again").mkdir()
    runs = process(MAIN), process(MAIN, cwd="again")
    (out, err), (again, _) = [run.communicate() for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert out == again
    assert float(re.fullmatch(OUTPUT, out).groups()[-1]) <= 5e-7
    assert err == "" or "cannot show the figure" in err  # Matplotlib 3.0 says so
    picture = (empty_folder / "fit.png").read_bytes()
    assert picture.startswith(START["png"])
    width, height = struct.unpack(">II", picture[16:24])
    assert 800 <= width <= 1600 and 500 <= height <= 1200  # a page of text is so wide


def test_rows_reach_a_pipe_as_they_are_made():
    with process(MAIN, "--epochs", "50000") as training:
        assert any(line.split()[:1] == ["1"] for line in training.stdout)
        training.kill()
        assert "50000" not in training.stdout.read()  # the last row is still to come


def test_all_is_printed_and_saved_before_the_window_opens():
    window = "import os; main.plt.show = lambda: os._exit(os.path.exists('fit.png'))"
    code = f"import main; {window}; main.main([])"  # the exit drops what is not out
    shown = process("-c", code, env=dict(os.environ, PYTHONPATH=os.path.dirname(MAIN)))
    assert re.fullmatch(OUTPUT, shown.communicate()[0]) and shown.returncode == 1


@pytest.mark.parametrize(
    "path", ["a.png", "a.pdf", "a.svg", "down/a.b.PNG", ".a.Svg", "./b.PDF"]
)
def test_save_writes_that_file_alone_and_opens_no_window(path, run, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a window opened"))
    os.mkdir("down")
    with open(path, "w") as file:
        file.write("the picture before, to be replaced")
    code, out, err = run("--save", path)
    assert code is None and err == "" and out.endswith(f"\nPlot saved to {path}\n")
    with open(path, "rb") as file:
        assert file.read(5).startswith(START[path[-3:].lower()])
    files = {"down", os.path.basename(path)}
    assert set(os.listdir("down") + os.listdir(".")) == files


@pytest.mark.parametrize("seed", [0, 1])
def test_a_run_starts_from_its_seed_and_reports_the_line_after_the_last_step(seed, run):
    torch.manual_seed(seed)
    start = [p.item() for p in LinearRegression().parameters()]
    torch.manual_seed(99)  # what ran before doesn't matter
    out = run("--seed", seed, "--epochs", 3)[1]
    assert np.allclose(numbers_of(out, 1)[:2], start, 0, 6e-6)
    lines = adam(*make_data(100, 0.3, seed), line=start, epochs=3, lr=DEFAULTS.lr)
    assert np.allclose(numbers_of(out, "learned"), lines[3], 0, 1e-5)


@pytest.mark.parametrize("samples, epochs", [(2, 1), (2, 400), (1000, 400)])
@pytest.mark.parametrize("noise", [0, 1000])
@pytest.mark.parametrize("lr", [0.000001, 1000])
@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_the_ends_of_the_ranges_print_straight_columns(
    samples, epochs, noise, lr, seed, run
):
    flags = ["--samples", samples, "--epochs", epochs, "--noise", noise]
    code, out, err = run(*flags, "--lr", lr, "--seed", seed)
    assert code is None and err == ""
    rows = re.findall(rf"^(?: +\d+|[a-z ]+)((?:{NUMBER}){{2,3}})$", out, re.MULTILINE)
    assert len(rows) == 3 + (10 if epochs > 1 else 1)
    widths = {len(line) for line in out.splitlines() if re.search(NUMBER + "$", line)}
    assert widths == {13 + 14 + 14, 13 + 14 + 14 + 14}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_run_trains_on_cuda_where_there_is_one(run):
    before = torch.cuda.max_memory_allocated()
    assert run()[1].startswith("Training on cuda: ")
    assert torch.cuda.max_memory_allocated() > before


# Flags: the default, the least and the most that each takes, and what it refuses

FLAGS = {
    "--samples": (100, "2", "10,000,000", ["1", "0", "-5", "2.5", "1e3", "10_000_001"]),
    "--noise": (0.3, "0", "1,000", ["-0.1", "-1e-9", "1000.1"]),
    "--epochs": (400, "1", "1,000,000", ["0", "-1", "2.5", "1e3", "1_000_001"]),
    "--lr": (0.15, "0.000001", "1,000", ["0", "-0.1", "0.0000009", "1000.1"]),
    "--seed": (0, "0", "2**63 - 1", ["-1", "0.5", str(2**63), "9" * 5000]),
}
WORDS = ["", "two", "1,5", "nan", "inf", "-inf", "1e999"]
PATHS = ["", "fit", ".png", "fit.", "fit.xyz", "fit.eps", "fit.png.txt", "no/fit.png"]
PATHS += ["file/fit.png", "folder.png/", "./", "fitpng", "n" * 300 + "/fit.png"]
BAD = [(flag, value) for flag in FLAGS for value in WORDS + FLAGS[flag][3]]
BAD += [("--save", path) for path in PATHS] + [("--momentum", "0.9")]


@pytest.mark.parametrize("flag, value", BAD)
def test_a_bad_value_is_refused_in_one_line_before_any_work(flag, value, run):
    open("file", "w").close()
    os.mkdir("folder.png")
    before = os.listdir(".")
    code, out, err = run(f"{flag}={value}")
    assert code == 2 and out == "" and os.listdir(".") == before
    *usage, last = err.splitlines()
    assert " ".join(usage).startswith("usage: ")
    takes = r"(takes a .*(\d to \d|\.png, \.pdf or \.svg)|invalid (int|float) value: )"
    refused = f"(argument {flag}: {takes}|unrecognized arguments: --momentum)"
    assert re.match(f".*: error: {refused}", last)


def test_the_ends_of_the_ranges_are_taken():
    for flag, (default, low, high, _) in FLAGS.items():
        assert getattr(DEFAULTS, flag[2:]) == default
        for text in low, high.replace(",", "").replace("2**63 - 1", str(2**63 - 1)):
            value = getattr(main.parse_args([flag, text]), flag[2:])
            assert value == type(default)(text) and type(value) is type(default)


def test_no_noise_can_be_written_with_a_minus(run):
    assert run("--noise", "-0") == run("--noise", "0")


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
@pytest.mark.parametrize(
    "name, reason",
    [("folder", errno.EISDIR), ("full", errno.ENOSPC), ("n" * 300, errno.ENAMETOOLONG)],
)
def test_a_picture_that_cannot_be_written_ends_with_one_line(ending, name, reason, run):
    path = f"{name}.{ending}"
    if name == "folder":
        os.mkdir(path)
    elif name == "full":
        if not os.path.exists("/dev/full"):
            pytest.skip("needs /dev/full")
        os.symlink("/dev/full", path)
    code, out, err = run("--save", path)
    assert "gap to least squares: " in out and "saved" not in out and err == ""
    assert code == f"main.py: error: can't write {path}: {os.strerror(reason)}"


def test_help_states_the_range_and_default_of_every_flag_at_80_columns(
    run, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run("--help")
    assert code == 0 and max(len(line) for line in out.splitlines()) < 80
    text = " ".join(out.split())
    assert main.__doc__ in text
    for flag, (default, low, high, _) in FLAGS.items():
        end = re.escape(f", {low} to {high} (default: {default})")
        assert re.search(rf"{flag} N [^()]+{end}", text)
    assert re.search(r"--save FILE \.png, \.pdf or \.svg .*\(default: fit\.png ", text)
    assert set(re.findall(r"--\w+", out)) == {"--help", "--save"} | set(FLAGS)
