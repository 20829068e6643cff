"""A package, so that pytest puts the folder above, with main.py, on the path."""
