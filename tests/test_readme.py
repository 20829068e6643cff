"""The README shows what the program prints, and its own program works."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import matplotlib.pyplot as plt
import numpy as np
import pytest

import main

ROOT = Path(main.__file__).resolve().parent
NUMBER = r"-?\d+(?:\.\d+)?(?:e-\d+)?"


def block_with(words):
    """Return the README's code block that has these words in it."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    found = [block for block in blocks if words in block]
    assert len(found) == 1, f"{len(found)} code blocks in README.md have: {words}"
    return found[0]


def numbers_in(text):
    return [float(number) for number in re.findall(NUMBER, text)]


def test_the_output_is_what_the_program_prints():
    command = [sys.executable, str(ROOT / "main.py"), "--save", "fit.png"]
    printed = subprocess.check_output(command, encoding="utf-8")
    printed, shown = printed.replace("cuda:", "cpu:"), block_with("Training on cpu:")
    assert re.sub(r"\d", "0", printed) == re.sub(r"\d", "0", shown)
    # Processors round differently: a row's last digit and the gap may differ.
    assert np.allclose(numbers_in(printed), numbers_in(shown), rtol=0, atol=2e-5)
    for text in printed, shown:
        assert numbers_in(text.split("gap to least squares:")[1])[0] < 5e-7


def test_the_training_loop_is_quoted_from_main():
    code = re.sub("  # .*", "", (ROOT / "main.py").read_text(encoding="utf-8"))
    for piece in block_with("optimizer.step()").split("\n\n"):
        assert indent(piece.strip(), "    ") in code


def run_own(changes):
    """Run the README's own.py, with these changes, and return its last two lines."""
    program = block_with("np.loadtxt")
    for old, new in changes.items():
        assert old in program
        program = program.replace(old, new)
    Path("own.py").write_text(program)
    for name in "main.py", "model.py", "data.py":
        shutil.copy(str(ROOT / name), ".")
    out = subprocess.check_output([sys.executable, "own.py"], encoding="utf-8")
    return out.splitlines()[-2:]


@pytest.mark.parametrize("seed", range(3))
def test_the_program_finds_the_line_that_nist_certifies(seed):
    shutil.copy(str(ROOT / "tests" / "norris.csv"), ".")
    changes = {"tests/norris.csv": "norris.csv", "seed(0)": f"seed({seed})"}
    printed = "\n".join(run_own(changes)) + "\n"
    shown = block_with("weight 1.00211681802")
    assert re.sub(NUMBER, "0", printed) == re.sub(NUMBER, "0", shown)
    assert np.allclose(numbers_in(printed), numbers_in(shown), rtol=1e-9, atol=0)
    certified = [1.00211681802045, -0.262323073774029]
    assert np.allclose(numbers_in(shown)[:2], certified, rtol=1e-11, atol=0)


def test_the_program_takes_another_table_by_its_settings_alone():
    year = np.arange(1900, 2021)
    people = 300000 + 4000 * (year - 1900) + 9000 * np.sin(year)
    rows = [f"{i};{y:.9f};{x}" for i, (x, y) in enumerate(zip(year, people))]
    Path("table.csv").write_text("\n".join(["row;people;year", *rows]))
    changes = {
        "tests/norris.csv": "table.csv",
        "X, Y = 0, 1": "X, Y = 2, 1",
        'DELIMITER = ","': 'DELIMITER = ";"',
        "SKIP_ROWS = 0": "SKIP_ROWS = 1",
    }
    learned = numbers_in(run_own(changes)[0])
    assert np.allclose(learned, np.polyfit(year, people, 1), rtol=1e-9, atol=0)
    main.plot(year, people, [learned]).savefig("expected.png")
    assert np.allclose(plt.imread("own.png"), plt.imread("expected.png"), atol=0.1)
