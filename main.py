"""Learn a line from noisy points, check it against the exact answer, and draw it."""

import argparse
import math
import sys

import matplotlib.pyplot as plt
import numpy as np
import torch

from data import TRUE_BIAS, TRUE_WEIGHT, make_data
from model import LinearRegression


def train(model, x, y, epochs, lr):
    """Fit the model to the points, in place, and print some of the lines on the way.

    x and y: shape (n, 1), same dtype and device as the model.
    Returns the printed lines as (weight, bias) pairs; the last is the learned one.
    """
    criterion = torch.nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    print(f"\n{'epoch':>13}{'weight':>14}{'bias':>14}{'loss':>14}")
    lines = [print_row(0, model, x, y, criterion)]
    for epoch in range(1, epochs + 1):
        loss = criterion(model(x), y)  # predict, then average the squared errors
        optimizer.zero_grad()  # backward() adds to the old gradients: clear them first
        loss.backward()  # gradients: how the loss changes with the weight and the bias
        optimizer.step()  # move both a little, to where the loss should be smaller

        if math.log2(epoch).is_integer() or epoch == epochs:  # 1, 2, 4, 8, ..., last
            lines.append(print_row(epoch, model, x, y, criterion))
    return lines


def print_row(epoch, model, x, y, criterion):
    """Print the line after so many epochs, and its loss; return (weight, bias)."""
    with torch.no_grad():  # this loss is only looked at: it needs no gradients
        loss = criterion(model(x), y).item()  # a Python number: on a GPU this waits
    weight, bias = model.linear.weight.item(), model.linear.bias.item()
    print(f"{epoch:13} {weight:13.5f} {bias:13.5f} {loss:13.5f}", flush=True)
    return weight, bias


def plot(x, y, lines):
    """Return a figure of the points and the lines: the last thick, the others thin.

    x and y: NumPy arrays of shape (n,). lines: (weight, bias) pairs, in their units.
    """
    n, x, y = len(x), x[:5000], y[:5000]  # more would only hide one another
    samples = f"{n:,} samples" if n == len(x) else f"{len(x):,} of {n:,} samples"
    ends = np.array([x.min(), x.max()])
    *on_the_way, (weight, bias) = lines
    figure, ax = plt.subplots(figsize=(7, 4.5))
    ax.scatter(x, y, s=16, color="#56B4E9", label=samples)
    ax.plot(ends, weight * ends + bias, color="darkred", linewidth=2.5)
    ax.set_ylim(ax.get_ylim())  # keep this frame, however far the others swing out
    for w, b in on_the_way:
        ax.plot(ends, w * ends + b, color="darkred", linewidth=1, alpha=0.3)
    ax.lines[-1].set_label("on the way: one line for each row printed")  # last drawn
    ax.lines[0].set_label(f"learned: weight {weight:.5g}, bias {bias:.5g}")  # first
    ax.set(title="A line learned from noisy points", xlabel="x", ylabel="y")
    ax.legend(framealpha=1)
    return figure


def parse_args(argv):
    """Return the settings; exit with status 2 if a flag can't take its value."""
    parser = argparse.ArgumentParser(description=__doc__ + " Defaults in parentheses.")
    add = parser.add_argument
    add("--samples", type=int, default=100, help="number of points (%(default)s)")
    add("--noise", type=float, default=0.3, help="size of the noise in y (%(default)s)")
    add("--epochs", type=int, default=400, help="number of steps (%(default)s)")
    add("--lr", type=float, default=0.15, help="learning rate (%(default)s)")
    add("--seed", type=int, default=0, help="picks points and start (%(default)s)")
    add("--save", metavar="FILE", help="picture to write (fit.png, and a window)")
    args = parser.parse_args(argv)
    ranges = {"samples": (3, 10**7), "noise": (0, 1000), "epochs": (1, 10**6)}
    ranges.update({"lr": (0.000001, 1000), "seed": (0, 2**63 - 1)})
    for name, (low, high) in ranges.items():
        if not low <= getattr(args, name) <= high:
            parser.error(f"argument --{name}: takes a number from {low:,} to {high:,}")
    return args


def main(argv=None):
    """Run it all, with the flags in argv or else those of the command line."""
    args = parse_args(argv)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    x, y = make_data(args.samples, args.noise, args.seed)
    torch.manual_seed(args.seed)  # the model starts at random: the same in every run
    model = LinearRegression().to(device)  # made on the CPU: every device starts alike

    print(f"Training on {device}: {args.samples:,} samples, lr {args.lr}")
    lines = train(model, x.to(device), y.to(device), args.epochs, args.lr)
    weight, bias = lines[-1]
    if not np.isfinite(weight + bias):
        sys.exit("main.py: error: the learned line is not finite: try a smaller --lr")

    x, y = x.double().numpy().ravel(), y.double().numpy().ravel()  # in float64, (n,)
    best_weight, best_bias = np.polyfit(x, y, 1)  # least squares: the exact answer
    print(f"\n{'true':13} {TRUE_WEIGHT:13.5f} {TRUE_BIAS:13.5f}")
    print(f"{'least squares':13} {best_weight:13.5f} {best_bias:13.5f}")
    print(f"{'learned':13} {weight:13.5f} {bias:13.5f}")
    gap = max(abs(weight - best_weight), abs(bias - best_bias))
    print(f"gap to least squares: {gap:.1e}")
    with torch.no_grad():  # use the model: its y for an x that it has not seen
        prediction = model(torch.tensor([[0.5]], device=device)).item()
    print(f"prediction at x = 0.5: {prediction:.5f}")

    if args.save is not None:
        plt.switch_backend("agg")  # to draw into a file needs no screen
    figure = plot(x, y, lines)
    path = "fit.png" if args.save is None else args.save
    try:
        figure.savefig(path, dpi=120, format=path.split(".")[-1])
    except (OSError, ValueError) as error:
        sys.exit(f"main.py: error: argument --save: can't write {path}: {error}")
    print(f"\nPlot saved to {path}", flush=True)
    if args.save is None:
        plt.show()


if __name__ == "__main__":
    main()
