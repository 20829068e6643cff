"""Learn a line from noisy points, check it against the exact answer, and draw it."""

import argparse
import io
import math
import os
import sys
from contextlib import suppress

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.backend_bases import FigureCanvasBase
from torch import nn

from data import TRUE_BIAS, TRUE_WEIGHT, make_data
from model import LinearRegression

MAX_POINTS = 5000  # in the plot: more would only hide one another and draw slowly


def parse_args(argv):
    """Return the settings; exit with status 2 if a flag can't take its value."""
    parser = argparse.ArgumentParser(description=__doc__)
    for flag, metavar, kind, default, text in (
        ("--samples", "N", int, 100, "number of points, 2 or more"),
        ("--noise", "SIGMA", float, 0.3, "standard deviation of the noise in y"),
        ("--epochs", "N", int, 300, "training steps, each on all points"),
        ("--lr", "LR", float, 0.1, "learning rate: about how far one step moves"),
        ("--seed", "S", int, 0, "picks the points and the line to start from"),
    ):
        text += f" (default: {default})"
        parser.add_argument(
            flag, metavar=metavar, type=kind, default=default, help=text
        )
    text = "picture to write (default: open a window; without a screen, fit.png)"
    parser.add_argument("--save", metavar="FILE", help=text)
    args = parser.parse_args(argv)

    if args.samples < 2:
        parser.error("argument --samples: takes a whole number, 2 or more")
    if not 0 <= args.noise <= 1e12:  # far beyond, squared errors overflow float32
        parser.error("argument --noise: takes a number from 0 to 1e12")
    if args.epochs < 1:
        parser.error("argument --epochs: takes a whole number, 1 or more")
    if not 0 < args.lr < math.inf:
        parser.error("argument --lr: takes a number above 0")
    try:
        np.random.default_rng(args.seed)
        torch.Generator().manual_seed(args.seed)
    except (RuntimeError, ValueError):
        parser.error(
            "argument --seed: takes a whole number from 0 to 2**64 - 1 "
            "(2**63 - 1 in old PyTorch)"
        )
    if args.save is not None:
        folder = os.path.dirname(args.save) or "."
        ending = os.path.splitext(args.save)[1][1:].lower()
        if (
            not (os.path.isdir(folder) and os.access(folder, os.W_OK))
            or os.path.isdir(args.save)
            or ending not in FigureCanvasBase.get_supported_filetypes()
            or ending == "pgf"  # Matplotlib writes it only with LaTeX's help
        ):
            parser.error(
                "argument --save: takes a file in a folder that you can write to, "
                "ending in .png, .pdf, .svg or another format of Matplotlib's"
            )
    return args


def train(model, x, y, epochs, lr):
    """Fit the model, in place, to x and y: float32, (n, 1), on the model's device.

    Prints the loss about ten times. Exits with status 1 if it stops being finite.
    """
    if lr > 3e37:  # Adam's first step takes lr / (1 - 0.9), which float32 must hold
        sys.exit("main.py: error: overflow at epoch 1: try a smaller --lr")
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    print_every = (epochs + 9) // 10  # some ten lines, however many the epochs

    for epoch in range(1, epochs + 1):
        optimizer.zero_grad()  # backward() adds to the old gradients: clear them first
        loss = criterion(model(x), y)  # predict, then average the squared errors
        loss.backward()  # gradients: how the loss changes with the weight and the bias
        optimizer.step()  # move both by about lr, to where the loss falls

        if epoch in (1, epochs) or epoch % print_every == 0:
            value = loss.item()  # waits for the device: too slow for every epoch
            print(f"epoch {epoch:{len(str(epochs))}}/{epochs}  loss {value:.4f}")
            if not math.isfinite(value):
                sys.exit(
                    f"main.py: error: the loss is {value} at epoch {epoch}: "
                    "try a smaller --lr"
                )


def report(x, y, weight, bias):
    """Print the learned line beside the true one and the one of least squares.

    x and y are float32 tensors of shape (n, 1) on the CPU. Least squares is exact:
    https://en.wikipedia.org/wiki/Simple_linear_regression
    """
    # In float64: with millions of points, sums in float32 lose the digits that matter.
    x = x.numpy().ravel().astype(np.float64)
    y = y.numpy().ravel().astype(np.float64)
    dx = x - x.mean()
    best_weight = dx @ y / (dx @ dx)  # covariance over variance; @ sums products
    best_bias = y.mean() - best_weight * x.mean()
    gap = max(abs(weight - best_weight), abs(bias - best_bias))

    print(f"\n{'':13}{'weight':>10} {'bias':>10}")
    print(f"{'true':13}{TRUE_WEIGHT:10.6f} {TRUE_BIAS:10.6f}")
    print(f"{'least squares':13}{best_weight:10.6f} {best_bias:10.6f}")
    print(f"{'learned':13}{weight:10.6f} {bias:10.6f}")
    print(f"gap to least squares: {gap:.1e}")


def plot(x, y, weight, bias):
    """Return a figure of the learned line over the points, or an even sample of them.

    x and y are float32 tensors of shape (n, 1) on the CPU.
    """
    n_samples = len(x)
    step = math.ceil(n_samples / MAX_POINTS)
    x, y = x[::step].numpy(), y[::step].numpy()
    ends = np.array([x.min(), x.max()])
    points = f"{n_samples:,} samples"
    if step > 1:
        points = f"{len(x):,} of {points}"
    sign = "-" if bias < 0 else "+"
    line = f"learned: y = {weight:.3f} x {sign} {abs(bias):.3f}"

    # A dark line over light points: they differ in print and to colour-blind eyes too.
    fig, ax = plt.subplots(figsize=(7, 4.5))
    ax.scatter(x, y, s=16, color="#56B4E9", label=points)
    ax.plot(ends, weight * ends + bias, color="darkred", linewidth=2.5, label=line)
    ax.set_title("A line learned from noisy points")
    ax.set_xlabel("x")
    ax.set_ylabel("y")
    ax.legend(framealpha=1)
    return fig


def has_screen():
    """Return whether Matplotlib can open a window here."""
    with suppress(Exception):  # each window toolkit raises its own if there is none
        plt.close(plt.figure())
        files_only = ("agg", "cairo", "pdf", "pgf", "ps", "svg", "template")
        return plt.get_backend().lower() not in files_only
    return False


def save(fig, path):
    """Write the figure to path, whole or not at all; exit with status 1 if it fails."""
    picture = io.BytesIO()
    fig.savefig(picture, format=os.path.splitext(path)[1][1:], dpi=120)
    part = path + ".part"
    try:
        with open(part, "wb") as file:
            file.write(picture.getvalue())
        os.replace(part, path)
    except OSError as error:
        if os.path.exists(part):
            os.remove(part)
        sys.exit(
            f"main.py: error: can't write {path} ({error.strerror}): try another --save"
        )
    print(f"\nPlot saved to {path}")


def main(argv=None):
    """Run it all, with the flags in argv or else those of the command line."""
    args = parse_args(argv)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    try:  # ask for more than a run needs, so that none runs out of memory half-way
        np.empty((args.samples, 12), np.float32)
        torch.empty(args.samples, 6, device=device)
    except (MemoryError, RuntimeError, ValueError):
        sys.exit("main.py: error: not enough memory: try a smaller --samples")
    x, y = make_data(args.samples, args.noise, args.seed)

    torch.manual_seed(args.seed)
    model = LinearRegression().to(device)  # made on the CPU: every device starts alike

    print(
        f"Training on {device}: {args.samples} samples, "
        f"{args.epochs} epochs, Adam at lr {args.lr}"
    )
    train(model, x.to(device), y.to(device), args.epochs, args.lr)

    weight, bias = model.linear.weight.item(), model.linear.bias.item()
    report(x, y, weight, bias)

    if args.save or not has_screen():
        plt.switch_backend("agg")  # draws to files and opens no window
        save(plot(x, y, weight, bias), args.save or "fit.png")
    else:
        plot(x, y, weight, bias)
        plt.show()


if __name__ == "__main__":
    main()
