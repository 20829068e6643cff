"""Break one line at a time and print what comes of it: `python tests/broken.py`.

Each edit is made in a copy. There the program must still run, and a test must fail, not
counting test_readme.py, as that fails after any change of what is printed. The rows are
the first two columns of the README's table. It takes about a minute.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EDITS = (  # file, a line's code, what to write in its place
    ("main.py", "optimizer.zero_grad()", ""),
    ("main.py", "optimizer.step()", ""),
    ("data.py", "y.astype(np.float32)", "y.astype(np.float32).ravel()"),
    ("data.py", "rng.uniform(-1, 1, shape)", "rng.uniform(9, 11, shape)"),
)


def python(folder, *command):
    """Run Python there, and return its exit status and all that it prints."""
    done = subprocess.run(
        (sys.executable, "-B") + command,
        check=False,
        cwd=folder,
        errors="replace",  # makes the output text, whatever its bytes
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout


def tests_pass(folder):
    """Run the tests there, and return whether all pass."""
    flags = ("-x", "-q", "-p", "no:cacheprovider", "--ignore=tests/test_readme.py")
    status, out = python(folder, "-m", "pytest", *flags)
    if status > 1:  # 1: a test failed; more: pytest could not run them
        sys.exit(f"broken.py: error: pytest could not run the tests:\n{out}")
    return status == 0


def outcome(folder):
    """Run the program there, and return its last loss and its gap."""
    status, out = python(folder, "main.py", "--save", "fit.png")
    if status != 0:
        sys.exit(f"broken.py: error: main.py fails:\n{out}")
    loss = re.search(r"^ +400 .* (\S+)$", out, re.MULTILINE).group(1)
    gap = re.search(r"^gap to least squares: (\S+)$", out, re.MULTILINE).group(1)
    loss, gap = float(f"{float(loss):.2g}"), float(f"{float(gap):.2g}")
    return f"loss {loss:g}, gap {gap:g}"


def row(folder, file, old, new):
    """Make the edit in the copy there, and return its row: the edit and the outcome."""
    path = os.path.join(folder, file)
    with open(path) as source:
        code = source.read()
    if code.count(old) != 1:
        sys.exit(f"broken.py: error: {file} does not have once: {old}")
    with open(path, "w") as source:
        source.write(code.replace(old, new))
    edit = f"`{old}` -> `{new}`" if new else f"delete `{old}`"
    if tests_pass(folder):
        sys.exit(f"broken.py: error: the tests pass after {file}: {edit}")
    seen = outcome(folder)
    with open(path, "w") as source:
        source.write(code)
    return f"| `{file}`: {edit} | {seen} |"


if __name__ == "__main__":
    if find_spec("pytest") is None:
        sys.exit("broken.py: error: needs pytest: python -m pip install pytest")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("main.py", "data.py", "model.py"):
            shutil.copy(os.path.join(ROOT, name), folder)
        shutil.copytree(os.path.join(ROOT, "tests"), os.path.join(folder, "tests"))
        if not tests_pass(folder):
            sys.exit("broken.py: error: the tests fail before any edit")
        print("| edit | last loss and gap, rounded |\n| --- | --- |", flush=True)
        for edit in EDITS:
            print(row(folder, *edit), flush=True)
