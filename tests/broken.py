"""Break one line at a time and print what comes of it: `python tests/broken.py`.

Each edit is made in a copy: the program runs there, then the tests until one fails.
The table is the README's; it takes a minute or two.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
EDITS = (  # file, a line's code, what to write in its place, flags
    ("main.py", "optimizer.zero_grad()", "", ""),
    ("main.py", "optimizer.step()", "", ""),
    ("data.py", "y.astype(np.float32)", "y.astype(np.float32).ravel()", ""),
    ("data.py", "rng.uniform(-1, 1, shape)", "rng.uniform(9, 11, shape)", ""),
    ("main.py", "torch.optim.Adam", "torch.optim.SGD", ""),
    ("main.py", "torch.optim.Adam", "torch.optim.SGD", "--lr 1.2"),
    ("main.py", "torch.nn.MSELoss()", "torch.nn.L1Loss()", ""),
)


def python(folder, *command):
    """Run Python there, without a screen, and return all that it prints."""
    env = dict(os.environ, MPLBACKEND="agg")
    env.pop("DISPLAY", None)
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "cwd": folder}
    command = (sys.executable, "-B") + command
    return subprocess.run(command, check=False, env=env, **both).stdout.decode()


def broken(folder, file, old, new, flags):
    """Return a row of the table: the edit, what the program prints, the first test."""
    for name in ("main.py", "data.py", "model.py"):
        shutil.copy(os.path.join(ROOT, name), folder)
    shutil.rmtree(os.path.join(folder, "tests"), ignore_errors=True)
    shutil.copytree(os.path.join(ROOT, "tests"), os.path.join(folder, "tests"))
    path = os.path.join(folder, file)
    with open(path) as source:
        code = source.read()
    if code.count(old) != 1:
        sys.exit(f"broken.py: error: {file} does not have once: {old}")
    with open(path, "w") as source:
        source.write(code.replace(old, new))

    out = python(folder, "main.py", *flags.split())
    error = re.search(r"^main\.py: (error: .+)$", out, re.MULTILINE)
    if error:
        seen = error.group(1)
    else:
        loss = re.search(r"^ +400 .* (\S+)$", out, re.MULTILINE).group(1)
        gap = re.search(r"^gap to least squares: (\S+)$", out, re.MULTILINE).group(1)
        gap = f"{float(gap):.0e}" if float(gap) > 1e-6 else "below 1e-06"
        seen = f"loss {float(loss):.2g}, gap {gap}"
    tests = python(folder, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider")
    test = re.search(r"^FAILED tests/(test_\w+\.py)::(\w+)", tests, re.MULTILINE)
    edit = f"`{old}` → `{new}`" if new else f"delete `{old}`"
    run = f", run with `{flags}`" if flags else ""
    return f"| `{file}`: {edit}{run} | {seen} | `{test.group(2)}` |"


if __name__ == "__main__":
    print("| edit | what it prints | first test to fail |\n| --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for edit in EDITS:
            print(broken(folder, *edit), flush=True)
