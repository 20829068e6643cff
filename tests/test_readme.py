"""What the README shows and claims is what the program does, and its programs work."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAIN = (ROOT / "main.py").read_text(encoding="utf-8")


def block_with(text):
    """Return the README's code block that has this text in it."""
    assert README.count(text) == 1
    return next(b for b in re.findall(r"(?ms)^```\w*\n(.*?)^```$", README) if text in b)


def test_the_output_is_what_the_program_prints(run):
    printed, shown = run().replace(" cuda:", " cpu:"), block_with("Training on cpu:")
    assert re.sub(r"\d", "0", printed) == re.sub(r"\d", "0", shown)
    # Processors round differently: a row's last digit and the gap may differ.
    a, b = (np.array(re.findall(r"-?\d[\d.e-]*", t), float) for t in (printed, shown))
    assert np.allclose(a, b, rtol=0, atol=2e-5) and max(a[-3], b[-3]) < 1e-6


def test_its_training_loops_are_that_of_main_py_and_one_to_put_in_its_place(run):
    loop = block_with("prediction = ").splitlines()
    assert loop == [line[4:] for line in MAIN.splitlines() if line[4:] in loop]
    head, tail = re.split("(?ms)^    for epoch .*?(?=^    return)", MAIN)
    code = block_with("from torch.utils.data") + head + block_with("in loader:") + tail
    Path("edited.py").write_text(code, encoding="utf-8")
    assert re.search(r"gap .*: \d\.\de-0[234]", run("", "edited.py"))  # it wanders


def test_its_programs_print_what_their_comments_say(run):
    for code in block_with("optim.SGD("), block_with("torch.save("), block_with("ReLU"):
        Path("program.py").write_text(code, encoding="utf-8")
        told = re.findall(r"(?m)^print.*  # (.*)$", code)
        assert run("", "program.py").splitlines() == told


GERMAN = 'A title / é;x;y / 1;"1,5";3.002 / 2;2,5; / "3";3,5;3.004'
OPTIONS = ', sep=";", decimal=",", thousands=".", skiprows=1, encoding="latin-1"'
TABLES = [  # table, options, rows, line
    (None, "", "36 of 36", "weight 1.002116818, bias -0.2623230738"),  # NIST's
    (GERMAN, OPTIONS, "2 of 3", "weight 1, bias 3000.5"),
    ('x , y / 1,2, / 2,NAN, / 3, "4",', "", "2 of 3", "weight 1, bias 1"),
]


def run_own_py(run, table, options=""):
    table = table or (ROOT / "tests/norris.csv").read_text()
    Path("a.csv").write_text(table.replace(" / ", "\n"), encoding="latin-1")
    code = block_with("pandas.read_csv").replace("tests/norris.csv", "a.csv")
    Path("own.py").write_text(code.replace("(FILE", "(FILE" + options))
    return run("", "own.py")


@pytest.mark.parametrize("table, options, rows, line", TABLES)
def test_own_py_finds_the_line_of_a_table(table, options, rows, line, run):
    out = run_own_py(run, table, options)
    assert f"{rows} rows have both" in out and Path("own.png").exists()
    assert f"learned:       {line}\nleast squares: {line}\n" in out


def test_own_py_stops_where_rows_have_more_cells_than_names(run):
    pandas = pytest.importorskip("pandas", minversion="2.0")
    with pytest.raises(pandas.errors.ParserWarning):
        run_own_py(run, "place,x,y / A, b,1,2 / C, d,2,4")
