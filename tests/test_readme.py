"""What the README shows and claims is what the program does, and its programs work."""

import re
from pathlib import Path
from textwrap import indent

import numpy as np
import pytest
import torch

import main

README = Path(main.__file__).with_name("README.md").read_text(encoding="utf-8")


def block_with(text):
    """Return the README's code block that has this text in it."""
    assert README.count(text) == 1
    return next(b for b in re.findall(r"(?ms)^```\w*\n(.*?)^```$", README) if text in b)


def test_the_output_is_what_the_program_prints(run):
    printed, shown = run().replace(" cuda:", " cpu:"), block_with("Training on cpu:")
    assert re.sub(r"\d", "0", printed) == re.sub(r"\d", "0", shown)
    # Processors round differently: a row's last digit and the gap may differ.
    number = r"-?\d+\.?\d*(?:e-\d+)?"
    one, other = (np.array(re.findall(number, s), float) for s in (printed, shown))
    assert np.allclose(one, other, rtol=0, atol=2e-5) and max(one[-3], other[-3]) < 1e-6


@pytest.mark.parametrize(
    "flags, figures, lowest_gap, highest_gap",
    [
        ("--noise 30", "0.03913 -1.18467", 0, 1e-5),
        ("--samples 10", "2.14111", 0, 1e-6),
        ("--samples 10_000", "1.99992", 0, 1e-6),
        ("--samples 2", "2.21877", 0, 1e-6),
        ("--lr 0.01", "0.08581", 0.0565, 0.0575),
        ("--epochs 200", "", 1e-5, 1),
        ("--epochs 200 SGD", "", 0, 1e-5),
    ],
)
def test_its_claims_hold(flags, figures, lowest_gap, highest_gap, run, monkeypatch):
    if "SGD" in flags:  # the edit that the README names
        monkeypatch.setattr(torch.optim, "Adam", torch.optim.SGD)
    out = run(flags.replace("SGD", ""))
    assert all(figure in README and figure in out for figure in figures.split())
    assert lowest_gap < float(re.search(r"squares: (\S+)", out).group(1)) < highest_gap


def test_the_training_loop_is_the_one_in_main_py():
    code = Path(main.__file__).read_text(encoding="utf-8")
    loop = indent(block_with("prediction = "), "    ").splitlines()
    assert loop == [line for line in code.splitlines() if line in loop]


def test_hand_py_prints_what_its_comments_say(run):
    code = block_with("torch.optim.SGD(")
    Path("hand.py").write_text(code, encoding="utf-8")
    assert run("", "hand.py").splitlines() == re.findall("(?m)^print.*  # (.*)$", code)


NORRIS = Path(__file__).with_name("norris.csv").as_posix()  # NIST's, read for ""
GERMAN = 'A title / no;"an x; é";"$_{" / 1;"1,5";3.002 / 2;2,5; / "3";3,5;3.004'
OPTIONS = ', sep=";", decimal=",", thousands=".", skiprows=1, encoding="latin-1"'


@pytest.mark.parametrize(
    "table, rows, line, names, options",
    [
        ("", "36 of 36", (1.00211681802045, -0.262323073774029), '"x", "y"', ""),
        ("x,y,y / 1,2,9 / 2,4,8 / 3,7,5", "3 of 3", (2.5, -2 / 3), '"x", "y"', ""),
        ("x,y, / 1,2, / 2,4, / 3,7,", "3 of 3", (2.5, -2 / 3), '"x", "y"', ""),
        ("x,y / 1,2, / 2,4, / 3,7,", "3 of 3", (2.5, -2 / 3), '"x", "y"', ""),
        ("x,y / 1,2 / 2,5 / 3,NAN / 4,7", "3 of 4", (11 / 7, 1), '"x", "y"', ""),
        (GERMAN, "2 of 3", (1, 3000.5), '"an x; é", "$_{"', OPTIONS),
    ],
)
def test_own_py_finds_the_line_of_a_table(table, rows, line, names, options, run):
    Path("table.csv").write_text(table.replace(" / ", "\n"), encoding="latin-1")
    code = block_with("pandas.read_csv").replace('"x", "y"', names)
    code = code.replace("tests/norris.csv", "table.csv" if table else NORRIS)
    code = code.replace("(FILE", "(FILE" + options)
    Path("own.py").write_text(code, encoding="utf-8")
    out, line = run("", "own.py"), "weight {:.10g}, bias {:.10g}".format(*line)
    assert f"{rows} rows have both" in out and Path("own.png").exists()
    assert f"learned:       {line}\nleast squares: {line}\n" in out
