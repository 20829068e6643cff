"""A package, so that pytest puts the folder above, with main.py, on the path."""

import os

os.environ["MPLBACKEND"] = "agg"  # no test needs a screen
