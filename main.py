"""Learn a line from noisy points, check it against the exact answer, and draw it."""

import argparse
import os
import sys

import matplotlib.pyplot as plt
import numpy as np
import torch

from data import TRUE_BIAS, TRUE_WEIGHT, make_data
from model import LinearRegression


def train(model, x, y, epochs, lr):
    """Fit the model, in place, to x and y: (n, 1), of its dtype and on its device.

    Prints a row for epochs 1, 2, 4, 8, ... and the last, and returns the line of each
    row as (weight, bias). Exits with status 1 if the loss stops being finite.
    """
    criterion = torch.nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history, next_row = [], 1

    print(f"\n{'epoch':>13}{'weight':>14}{'bias':>14}{'loss':>14}")
    for epoch in range(1, epochs + 1):
        loss = criterion(model(x), y)  # predict, then average the squared errors
        if epoch in (next_row, epochs):
            mse = loss.item()  # to a Python number: slow, as it waits for the device
            if not np.isfinite(mse):
                sys.exit(f"main.py: error: the loss is {mse}: try a smaller --lr")
            weight, bias = model.linear.weight.item(), model.linear.bias.item()
            print(f"{epoch:13} {weight:13.5f} {bias:13.5f} {mse:13.5f}", flush=True)
            history.append((weight, bias))
            next_row = 2 * epoch

        optimizer.zero_grad()  # backward() adds to the old gradients: clear them first
        loss.backward()  # gradients: how the loss changes with the weight and the bias
        optimizer.step()  # move both: about lr at first, less as the gradients shrink
    return history


def least_squares(x, y):
    """Return the weight and the bias of the smallest loss there can be, by a formula.

    x, y: float32, (n, 1), CPU. https://en.wikipedia.org/wiki/Simple_linear_regression
    """
    # In float64: with millions of points, sums in float32 lose the digits that matter.
    x, y = x.double().numpy().ravel(), y.double().numpy().ravel()
    dx = x - x.mean()  # below, a @ b is the sum of the products of a and b
    weight = dx @ y / (dx @ dx)  # how x and y vary together, over how x varies
    return weight, y.mean() - weight * x.mean()


def report(weight, bias, best_weight, best_bias):
    """Print the learned line below the true one and that of least squares."""
    gap = max(abs(weight - best_weight), abs(bias - best_bias))
    print(f"\n{'true':13}{TRUE_WEIGHT:14.5f}{TRUE_BIAS:14.5f}")
    print(f"{'least squares':13}{best_weight:14.5f}{best_bias:14.5f}")
    print(f"{'learned':13}{weight:14.5f}{bias:14.5f}")
    print(f"gap to least squares: {gap:.1e}")


def plot(x, y, weight, bias, history):
    """Return a figure of the points, the learned line, and the lines on the way to it.

    x, y: float32, (n, 1), CPU. history: (weight, bias) pairs, drawn thin and light.
    """
    n = len(x)
    x, y = x[:5000].numpy(), y[:5000].numpy()  # more would only hide one another
    label = f"{n:,} samples" if n == len(x) else f"{len(x):,} of {n:,} samples"
    learned = f"learned: weight {weight:.3f}, bias {bias:.3f}"
    ends = np.array([x.min(), x.max()])

    figure, ax = plt.subplots(figsize=(7, 4.5))
    ax.scatter(x, y, s=16, color="#56B4E9", label=label)  # light, to differ in grey too
    ax.plot(ends, weight * ends + bias, color="darkred", linewidth=2.5, label=learned)
    ax.set_ylim(ax.get_ylim())  # keep this frame, however far a line now swings out
    for w, b in history:
        ax.plot(ends, w * ends + b, color="darkred", linewidth=1, alpha=0.3)
    ax.lines[-1].set_label("on the way: one line for each row printed")
    ax.set(title="A line learned from noisy points", xlabel="x", ylabel="y")
    ax.legend(framealpha=1)
    return figure


def parse_args(argv):
    """Return the settings; exit with status 2 if a flag can't take its value."""
    numbers = (  # name, default, lowest, highest, help
        ("samples", 100, 3, 10_000_000, "number of points, 3 to 10,000,000"),
        ("noise", 0.3, 0, 1000, "standard deviation of the noise in y, 0 to 1,000"),
        ("epochs", 400, 1, 1_000_000, "number of training steps, 1 to 1,000,000"),
        ("lr", 0.15, 0.000001, 1000, "learning rate, 0.000001 to 1,000"),
        ("seed", 0, 0, 2**63 - 1, "number that picks the points, 0 to 2**63 - 1"),
    )
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default, _, _, text in numbers:
        text = f"{text} (default: {default})"
        parser.add_argument(f"--{name}", type=type(default), default=default, help=text)
    picture = ".png, .pdf or .svg in an existing folder (default: fit.png and a window)"
    parser.add_argument("--save", metavar="FILE", help=picture)
    args = parser.parse_args(argv)
    for name, _, low, high, text in numbers:
        if not low <= getattr(args, name) <= high:
            parser.error(f"argument --{name}: takes a {text}")
    if args.save is not None:
        ending = os.path.splitext(args.save)[1].lower()
        folder = os.path.dirname(args.save) or "."
        if ending not in (".png", ".pdf", ".svg") or not os.path.isdir(folder):
            parser.error(f"argument --save: takes a {picture}")
    return args


def main(argv=None):
    """Run it all, with the flags in argv or else those of the command line."""
    args = parse_args(argv)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    x, y = make_data(args.samples, args.noise, args.seed)
    torch.manual_seed(args.seed)
    model = LinearRegression().to(device)  # made on the CPU: every device starts alike

    print(f"Training on {device}: {args.samples:,} samples, lr {args.lr}")
    history = train(model, x.to(device), y.to(device), args.epochs, args.lr)
    weight, bias = model.linear.weight.item(), model.linear.bias.item()
    report(weight, bias, *least_squares(x, y))

    figure = plot(x, y, weight, bias, history)
    path = args.save or "fit.png"
    try:
        with open(path, "wb") as file:  # closed, and so written, before we say so
            figure.savefig(file, dpi=120, format=path[-3:])
    except OSError as error:
        sys.exit(f"main.py: error: can't write {path}: {error.strerror}")
    print(f"\nPlot saved to {path}", flush=True)
    if not args.save:
        plt.show()


if __name__ == "__main__":
    main()
