"""A package, so that pytest puts the folder above, with main.py, on the path."""

import os

os.environ["MPLBACKEND"] = "agg"  # no test needs a screen,
os.environ.pop("DISPLAY", None)  # and one that is there stays as it is
os.environ.pop("PYTHONUNBUFFERED", None)  # the program itself sees to what is out
