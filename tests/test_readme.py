"""The README shows what the program prints, and its Python runs."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import main

ROOT = Path(main.__file__).resolve().parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OUTPUT, END = re.findall(r"\n```text\n(.*?)```\n", README, re.DOTALL)
LOOP, PROGRAM = re.findall(r"\n```python\n(.*?)```\n", README, re.DOTALL)
NUMBER = r"-?\d+(?:\.\d+)?(?:e-\d+)?"


def numbers_of(text):
    return [float(number) for number in re.findall(NUMBER, text)]


def test_the_output_is_what_the_program_prints():
    command = [sys.executable, str(ROOT / "main.py"), "--save", "fit.png"]
    out = subprocess.check_output(command, encoding="utf-8").replace("cuda:", "cpu:")
    assert re.sub(r"\d", "0", out) == re.sub(r"\d", "0", OUTPUT)
    # Processors round differently: a row's last digit and the gap may differ.
    assert np.allclose(numbers_of(out), numbers_of(OUTPUT), rtol=0, atol=2e-5)
    assert max(numbers_of(out)[-1], numbers_of(OUTPUT)[-1]) < 5e-7


def test_the_loop_is_quoted_from_main():
    code = (ROOT / "main.py").read_text(encoding="utf-8").splitlines()
    code = [line.split("  # ")[0].strip() for line in code]
    places = [code.index(line.strip()) for line in LOOP.splitlines()]
    assert len(places) == 5 and places == sorted(places)


def run_program(table, seed, capsys):
    """Run the README's program with these, and return the last line that it prints."""
    program = PROGRAM.replace('"tests/norris.csv"', f'"{table}"')
    Path("own.py").write_text(program.replace("seed(0)", f"seed({seed})"))
    runpy.run_path("own.py")
    return capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("seed", range(5))
def test_the_program_finds_the_line_that_nist_certifies(seed, capsys):
    Path("norris.csv").write_bytes((ROOT / "tests/norris.csv").read_bytes())
    last = run_program("norris.csv", seed, capsys)
    assert re.sub(NUMBER, "", last) == re.sub(NUMBER, "", END.strip())
    certified = (1.00211681802045, -0.262323073774029)
    assert np.allclose(numbers_of(last), certified, rtol=1e-9, atol=0)
    assert np.allclose(numbers_of(END), certified, rtol=1e-12, atol=0)
    assert "seed(0)" in PROGRAM and " and ".join(map(str, certified)) in README


def test_the_program_takes_another_table_by_its_path_alone(capsys):
    year = np.arange(1900, 2021)
    people = 300000 + 4000 * (year - 1900) + 9000 * np.sin(year)
    np.savetxt("other.csv", np.column_stack([year, people]), delimiter=",")
    learned = numbers_of(run_program("other.csv", 0, capsys))
    assert np.allclose(learned, np.polyfit(year, people, 1), rtol=1e-9, atol=0)
