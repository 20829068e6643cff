"""The report, the plot and the command line."""

import errno
import io
import os
import re
import runpy
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

MAIN = os.path.abspath(main.__file__)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Run in a folder of its own, and leave no figure open."""
    monkeypatch.chdir(str(tmp_path))
    yield tmp_path
    plt.close("all")
    plt.switch_backend("agg")


@pytest.fixture
def run(monkeypatch, capsys):
    """Return a function that is `python main.py FLAG ...`, less a second's start."""

    def run(*flags):
        monkeypatch.setattr(sys, "argv", [MAIN] + list(flags))
        try:
            runpy.run_path(MAIN, run_name="__main__")
            status, message = 0, ""
        except SystemExit as stop:  # an exit with words prints them and has status 1
            words = isinstance(stop.code, str)
            status, message = (1, stop.code + "\n") if words else (stop.code, "")
        out, err = capsys.readouterr()
        return status, out, err + message

    return run


def tensors(*numbers):
    return torch.tensor(numbers, dtype=torch.float32).reshape(-1, 1)


# The report


def test_report_shows_three_lines_and_the_gap(capsys):
    # By hand: of these points the mean is (0, 1), covariance over variance is 3/2.
    main.report(tensors(-1, 0, 1), tensors(-1, 2, 2), 1.5, 0.75)
    assert capsys.readouterr().out == (
        "\n"
        "                 weight       bias\n"
        "true           2.000000   1.000000\n"
        "least squares  1.500000   1.000000\n"
        "learned        1.500000   0.750000\n"
        "gap to least squares: 2.5e-01\n"
    )


@pytest.mark.parametrize(
    "off, gap", [((1e-7, 0), "1.0e-07"), ((1e-7, -3e-7), "3.0e-07")]
)
def test_gap_is_the_larger_difference_from_exact_least_squares(off, gap, capsys):
    x, y = make_data(1000000, 0.3, 1)
    x, y = x + 1, y + 1000  # off centre, where float32 sums go wrong
    best = np.polyfit(x.double().numpy().ravel(), y.double().numpy().ravel(), 1)
    main.report(x, y, best[0] + off[0], best[1] + off[1])
    assert capsys.readouterr().out.endswith(f"gap to least squares: {gap}\n")


# The plot


def parts_of(fig):
    """Return the drawn points, the line's two ends, and the legend's words."""
    (ax,) = fig.axes
    (points,), (line,) = ax.collections, ax.lines
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    return np.array(points.get_offsets()), line.get_xydata(), sorted(words)


def test_plot_has_every_point_and_the_line_through_the_predictions():
    x, y = make_data(100, 0.3, 0)
    points, line, words = parts_of(main.plot(x, y, 1.98, 0.978))
    assert np.array_equal(points, torch.cat([x, y], 1).numpy())
    assert np.allclose(line[:, 0], [x.min(), x.max()])
    assert np.allclose(line[:, 1], 1.98 * line[:, 0] + 0.978)
    assert words == ["100 samples", "learned: y = 1.980 x + 0.978"]


@pytest.mark.parametrize("bias, term", [(-0.25, "- 0.250"), (0.0, "+ 0.000")])
def test_plot_writes_a_negative_bias_as_a_subtraction(bias, term):
    words = parts_of(main.plot(tensors(0, 1), tensors(0, 1), -1.0, bias))[2]
    assert words == ["2 samples", "learned: y = -1.000 x " + term]


def test_plot_draws_all_of_some_thousands():
    x, y = make_data(5000, 0.3, 0)
    points, _, words = parts_of(main.plot(x, y, 2.0, 1.0))
    assert len(points) == 5000
    assert words[0] == "5,000 samples"


@pytest.mark.parametrize("n, drawn", [(5001, "2,501"), (1000000, "5,000")])
def test_plot_draws_an_even_sample_of_more_and_says_so(n, drawn):
    x, y = make_data(n, 0.3, 0)
    points, line, words = parts_of(main.plot(x, y, 2.0, 1.0))
    step = round(n / len(points))
    assert np.array_equal(points, torch.cat([x, y], 1)[::step].numpy())
    assert words[0] == f"{drawn} of {n:,} samples"
    assert np.allclose(line[:, 0], [points[:, 0].min(), points[:, 0].max()])


def test_plot_is_labelled_and_can_be_told_apart_without_colour():
    fig = main.plot(*make_data(100, 0.3, 0), weight=2.0, bias=1.0)
    (ax,) = fig.axes
    assert ax.get_title() and ax.get_xlabel() == "x" and ax.get_ylabel() == "y"
    (points,), (line,) = ax.collections, ax.lines
    assert line.get_zorder() > points.get_zorder()
    assert line.get_linewidth() >= 2 and points.get_sizes()[0] <= 20
    grey = [0.299, 0.587, 0.114]  # how bright red, green and blue are (ITU-R BT.601)
    dark = np.dot(to_rgb(line.get_color()), grey)
    light = np.dot(points.get_facecolor()[0][:3], grey)
    assert dark < light - 0.4 and light < 0.7


@pytest.mark.parametrize("ending", ["png", "pdf", "svg", "eps"])
def test_plot_is_drawn_without_a_warning(ending, caplog, recwarn):
    fig = main.plot(*make_data(100, 0.3, 0), weight=2.0, bias=1.0)
    fig.savefig(io.BytesIO(), format=ending)
    assert not caplog.records and not recwarn.list


# A whole run

OUTPUT = r"""Training on (cpu|cuda): 100 samples, 300 epochs, Adam at lr 0\.1
(epoch [ \d]{3}/300  loss \d+\.\d{4}
){11}
                 weight       bias
true           2\.000000   1\.000000
least squares  1\.980391   0\.978153
learned        1\.98039\d   0\.97815\d
gap to least squares: (\d\.\de-\d\d)
"""
START = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}


def test_two_real_runs_print_the_same_and_real_errors_are_one_line(empty_folder):
    flags = [], [], ["--lr", "0"], ["--lr", "1e38"]
    processes = []
    for i, more in enumerate(flags):
        (empty_folder / str(i)).mkdir()
        processes.append(
            subprocess.Popen(
                [sys.executable, MAIN] + more,
                cwd=str(empty_folder / str(i)),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                universal_newlines=True,
            )
        )
    (out, err), (again, _), (no_out, usage), (_, advice) = [
        process.communicate() for process in processes
    ]
    assert [process.returncode for process in processes] == [0, 0, 2, 1]

    last = "\nPlot saved to fit.png\n"
    gap = re.fullmatch(OUTPUT + last, out).group(3)
    assert float(gap) <= 1e-6
    assert out == again and err == ""
    picture = (empty_folder / "0" / "fit.png").read_bytes()
    assert picture[:4] == START["png"]
    width, height = struct.unpack(">II", picture[16:24])
    assert width >= 800 and height >= 500  # enough to fill a page of text

    assert no_out == "" and usage.startswith("usage: main.py ")
    assert usage.endswith("\nmain.py: error: argument --lr: takes a number above 0\n")
    assert advice == "main.py: error: overflow at epoch 1: try a smaller --lr\n"
    assert os.listdir("2") == os.listdir("3") == []


@pytest.mark.parametrize("backend", ["agg", "pdf", "pgf", "ps", "svg", "template"])
def test_without_a_window_the_plot_is_saved_as_fit_png(backend, run, recwarn):
    plt.switch_backend(backend)
    status, out, err = run()
    assert status == 0 and err == "" and not recwarn.list
    assert out.endswith("\n\nPlot saved to fit.png\n")
    assert os.listdir(".") == ["fit.png"]
    with open("fit.png", "rb") as file:
        assert file.read(4) == START["png"]


def test_a_screen_that_does_not_answer_is_no_screen(run, monkeypatch):
    backend, figure = ["TkAgg"], plt.figure

    def figure_there(*args, **settings):
        if backend[-1] == "TkAgg":
            raise RuntimeError("couldn't connect to display")  # Tk's words
        return figure(*args, **settings)

    monkeypatch.setattr(plt, "figure", figure_there)
    monkeypatch.setattr(plt, "get_backend", lambda: backend[-1])
    monkeypatch.setattr(plt, "switch_backend", backend.append)
    status, out, err = run()
    assert status == 0 and err == ""
    assert out.endswith("\n\nPlot saved to fit.png\n")
    assert os.listdir(".") == ["fit.png"]


@pytest.mark.parametrize("path", ["a.png", "a.pdf", "a.svg", "down/a.b.PNG", ".a.svg"])
def test_save_writes_that_file_alone_and_opens_no_window(path, run, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a window opened"))
    backend = ["TkAgg"]  # as if there were a screen
    monkeypatch.setattr(plt, "get_backend", lambda: backend[-1])
    monkeypatch.setattr(plt, "switch_backend", backend.append)
    os.mkdir("down")
    status, out, err = run("--save", path)
    assert status == 0 and err == ""
    assert out.endswith(f"\nPlot saved to {path}\n")
    with open(path, "rb") as file:
        assert file.read(5).startswith(START[path[-3:].lower()])
    assert sorted(os.listdir("down") + os.listdir(".")) == sorted(
        ["down", os.path.basename(path)]
    )


def test_with_a_screen_the_plot_opens_in_a_window(run, monkeypatch):
    shown = []
    monkeypatch.setattr(plt, "get_backend", lambda: "TkAgg")
    monkeypatch.setattr(plt, "show", lambda: shown.append(parts_of(plt.gcf())))
    status, out, err = run()
    assert len(plt.get_fignums()) == 1
    assert status == 0 and err == ""
    assert re.fullmatch(OUTPUT, out)
    ((points, _, words),) = shown
    assert len(points) == 100
    assert words == ["100 samples", "learned: y = 1.980 x + 0.978"]
    assert os.listdir(".") == []


def test_flags_change_what_they_name(run):
    _, default, _ = run()
    for flag, value, changed in (
        ("--samples", "200", "200 samples"),
        ("--noise", "0", "least squares  2.000000   1.000000"),
        ("--epochs", "100", "epoch 100/100 "),
        ("--lr", "0.05", "Adam at lr 0.05\n"),
        ("--seed", "1", "gap"),
    ):
        status, out, err = run(flag, value)
        assert status == 0 and err == ""
        assert changed in out and out != default
    assert run()[1] == default


def test_the_seed_decides_both_the_points_and_the_start(run):
    losses, best = set(), set()
    for seed in "0", "1", "1":
        out = run("--seed", seed)[1]
        losses.add(re.search(r"epoch   1/300  loss .*", out).group())
        best.add(re.search(r"least squares .*", out).group())
        torch.manual_seed(99)  # what ran before doesn't matter
    assert len(losses) == len(best) == 2


def test_flags_take_the_ends_of_their_ranges(run):
    ends = {"--samples": "2", "--noise": "0", "--epochs": "1", "--seed": "0"}
    ends["--lr"] = "5e-324"  # the smallest number above 0
    assert run(*[word for pair in ends.items() for word in pair])[0] == 0
    status, _, err = run("--noise", "1e12", "--seed", str(2**63 - 1))
    assert status == 0 and err == ""


def test_the_start_depends_on_the_seed_alone(monkeypatch):
    starts = []
    monkeypatch.setattr(main, "report", lambda x, y, *line: starts.append(line))
    monkeypatch.setattr(main, "train", lambda *settings: None)
    for seed in "1", "1", "2":
        main.main(["--seed", seed])
    assert starts[0] == starts[1] and starts[1][0] != starts[2][0]


def test_everything_moves_to_cuda_where_there_is_one(monkeypatch):
    used = []
    empty = torch.empty

    def empty_there(*size, device=None, **more):
        used.extend([device.type] if device else [])
        return empty(*size, **more)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "empty", empty_there)
    monkeypatch.setattr(torch.nn.Module, "to", lambda m, d: used.append(d.type) or m)
    monkeypatch.setattr(torch.Tensor, "to", lambda t, d: used.append(d.type) or t)
    monkeypatch.setattr(main, "train", lambda *settings: None)
    main.main([])
    assert used == ["cuda"] * 4  # the memory asked for, the model, x and y


# Bad input


def refuses(run, flag, value, status=2):
    """Check that one line names the flag, after the usage, and that nothing is left."""
    before = os.listdir(".")
    got, out, err = run(f"{flag}={value}")
    assert got == status
    *usage, last = err.splitlines()
    assert re.match(rf".*: error: .*{flag}\b", last)
    assert " ".join(usage).startswith("usage: " if status == 2 else "")
    assert status == 1 or out == ""
    assert "Traceback" not in err and os.listdir(".") == before
    return last


WORDS = ["", "two", "1,5", "nan", "inf", "-inf"]
NOT_COUNTS = WORDS + ["0", "-1", "2.5", "1e3"]


@pytest.mark.parametrize(
    "flag, value",
    [("--samples", value) for value in NOT_COUNTS + ["1"]]
    + [("--epochs", value) for value in NOT_COUNTS]
    + [("--noise", value) for value in WORDS + ["-0.1", "1.1e12", "1e999"]]
    + [("--lr", value) for value in WORDS + ["0", "-0.1", "1e999", "1e-999"]]
    + [("--seed", value) for value in WORDS + ["-1", "0.5", str(2**64)]],
)
def test_a_bad_number_is_refused(flag, value, run):
    assert f"argument {flag}: " in refuses(run, flag, value)


@pytest.mark.parametrize(
    "path",
    ["", "fit", ".png", "fit.", "fit.xyz", "fit.pgf", "no/fit.png", "file/fit.png"]
    + ["folder.png", "folder.png/", "./"],
)
def test_a_bad_file_is_refused(path, run):
    os.mkdir("folder.png")
    open("file", "w").close()
    assert "argument --save: takes a file " in refuses(run, "--save", path)


def test_a_folder_that_cannot_be_written_to_is_refused(run, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    refuses(run, "--save", "fit.png")


def test_a_seed_that_pytorch_cannot_take_is_refused(run, monkeypatch):
    class OldGenerator:  # PyTorch 1.0 stops at 2**63 - 1, with a RuntimeError
        def manual_seed(self, seed):
            raise RuntimeError("Overflow when unpacking long")

    monkeypatch.setattr(torch, "Generator", OldGenerator)
    refuses(run, "--seed", str(2**63))


@pytest.mark.parametrize("samples", [10**12, 10**17, 10**19, 10**30])
def test_more_samples_than_memory_holds_end_with_advice(samples, run):
    last = refuses(run, "--samples", samples, status=1)
    assert last == "main.py: error: not enough memory: try a smaller --samples"


def test_more_samples_than_gpu_memory_holds_end_with_advice(run, monkeypatch):
    def full(*size, **more):
        raise RuntimeError("CUDA out of memory")

    monkeypatch.setattr(torch, "empty", full)
    refuses(run, "--samples", "100", status=1)


@pytest.mark.parametrize("lr", ["1e30", "1e38"])
def test_a_learning_rate_that_overflows_ends_with_advice(lr, run):
    refuses(run, "--lr", lr, status=1)


def test_a_name_that_is_too_long_ends_with_advice(run):
    last = refuses(run, "--save", "n" * 300 + ".png", status=1)
    assert last.startswith("main.py: error: can't write nnn")


def test_a_full_disk_leaves_the_old_picture_whole(run, monkeypatch):
    def full(*paths):
        raise OSError(errno.ENOSPC, "No space left on device")

    with open("fit.png", "w") as file:
        file.write("old")
    monkeypatch.setattr(os, "replace", full)
    last = refuses(run, "--save", "fit.png", status=1)
    assert "can't write fit.png (No space left on device)" in last
    with open("fit.png") as file:
        assert file.read() == "old"


def test_another_flag_is_refused(run):
    assert run("--momentum", "0.9")[0] == 2


def test_help_names_every_flag_with_its_default(run):
    status, out, _ = run("--help")
    assert status == 0
    for flag in (
        r"--samples N .*\(default: 100\)",
        r"--noise SIGMA .*\(default: 0\.3\)",
        r"--epochs N .*\(default: 300\)",
        r"--lr LR .*\(default: 0\.1\)",
        r"--seed S .*\(default: 0\)",
        r"--save FILE .*\(default: .*window.*fit\.png\)",
    ):
        assert re.search(flag, " ".join(out.split()))
    named = {"--help", "--samples", "--noise", "--epochs", "--lr", "--seed", "--save"}
    assert set(re.findall(r"--\w+", out)) == named
