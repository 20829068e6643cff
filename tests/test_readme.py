"""The README shows what the program prints, and its own programs work."""

import re
import runpy
import sys
from pathlib import Path
from textwrap import indent

import numpy as np

ROOT = Path(__file__).resolve().parent.parent


def block_with(words):
    """Return the README's code block that has these words in it."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    (found,) = [block for block in blocks if words in block]
    return found


def run_program(capsys, code, settings):
    """Run the code with these settings in place of its own; return what it prints."""
    for name in settings:
        code = re.sub(f"(?m)^{name} = .*", f"{name} = {settings[name]!r}", code)
    Path("program.py").write_text(code, encoding="utf-8")
    runpy.run_path("program.py", run_name="__main__")
    return capsys.readouterr().out


def report(weight, bias):
    line = f"weight {weight:.10g}, bias {bias:.10g}"
    return f"\nlearned:       {line}\nleast squares: {line}\n"


def test_the_output_is_what_the_program_prints(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["main.py", "--save", "fit.png"])
    runpy.run_path(str(ROOT / "main.py"), run_name="__main__")
    printed = capsys.readouterr().out.replace("cuda:", "cpu:")
    shown = block_with("Training on cpu:")
    assert re.sub(r"\d", "0", printed) == re.sub(r"\d", "0", shown)
    # Processors round differently: a row's last digit and the gap may differ.
    number = r"-?\d+\.?\d*(?:e-\d+)?"
    one, other = (re.findall(number, text) for text in (printed, shown))
    assert np.allclose(np.array(one, float), np.array(other, float), rtol=0, atol=2e-5)
    assert max(float(one[-3]), float(other[-3])) < 5e-7  # the gap


def test_the_training_loop_is_the_one_in_main_py():
    code = (ROOT / "main.py").read_text(encoding="utf-8")
    before, start, loop = block_with("optimizer.zero_grad()").partition("for epoch")
    for part in before, start + loop:
        assert indent(part, "    ") in code


def test_hand_py_prints_what_its_comments_say(capsys):
    code = block_with("torch.optim.SGD(")
    comments = re.findall("^ *print.*  # (.*)$", code, re.MULTILINE)
    assert run_program(capsys, code, {}).splitlines() == comments


def test_own_py_finds_the_line_that_nist_certifies(capsys):
    file = (ROOT / "tests" / "norris.csv").as_posix()
    out = run_program(capsys, block_with("csv.DictReader"), {"FILE": file})
    assert report(1.00211681802045, -0.262323073774029) in out


def test_own_py_takes_another_table_by_its_settings_alone(capsys):
    year = np.arange(1900, 2000)
    people = 3e5 + 4e3 * (year - 1900) + 9e3 * np.sin(year)
    lines = ['"";"place; land";"year";"people, all"', '1;"A; B";1890;', '2;"A; B";;7']
    lines += [f'3;"A; B";{x};{y}'.replace(".", ",") for x, y in zip(year, people)]
    Path("table.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    settings = {"FILE": "table.csv", "X, Y": ("year", "people, all"), "DELIMITER": ";"}
    settings["DECIMAL"] = ","
    out = run_program(capsys, block_with("csv.DictReader"), settings)
    assert "['', 'place; land', 'year', 'people, all']\n100 of 102 rows" in out
    assert report(*np.polyfit(year, people, 1)) in out and Path("own.png").exists()
