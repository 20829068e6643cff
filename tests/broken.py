"""Break one line at a time and print what comes of it: `python tests/broken.py`.

Each edit is made in a copy of the program. The rows printed are the first two columns of
the README's table.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EDITS = [  # file, code, what to write in its place
    ("main.py", "optimizer.zero_grad()", ""),
    ("main.py", "optimizer.step()", ""),
    ("data.py", "from_numpy(y).float()", "from_numpy(y).float().flatten()"),
    ("data.py", "rng.uniform(-1, 1, shape)", "rng.uniform(9, 11, shape)"),
]


def outcome(folder):
    """Run the program there; return its loss and its gap, in two digits."""
    command = [sys.executable, "main.py", "--no-show"]
    out = subprocess.check_output(
        command, cwd=folder, stderr=subprocess.DEVNULL
    ).decode()
    numbers = re.search(r"learned.* (\S+)", out), re.search(r"squares: (\S+)", out)
    loss, gap = (float(f"{float(number.group(1)):.2g}") for number in numbers)
    return f"loss {loss:g}, gap {gap:g}"


if __name__ == "__main__":
    print("| edit | loss and gap, rounded |\n|---|---|")
    for file, old, new in EDITS:
        with tempfile.TemporaryDirectory() as folder:
            for name in "main.py", "data.py", "model.py":
                shutil.copy(ROOT / name, folder)
            path = Path(folder) / file
            code = path.read_text(encoding="utf-8")
            assert code.count(old) == 1, f"{file} does not have once: {old}"
            path.write_text(code.replace(old, new), encoding="utf-8")
            edit = f"`{old}` -> `{new}`" if new else f"delete `{old}`"
            print(f"| `{file}`: {edit} | {outcome(folder)} |", flush=True)
