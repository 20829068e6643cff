"""Learn a line from noisy points, check it against the exact best, and draw it."""

import argparse
import sys

import matplotlib.pyplot as plt
import numpy as np
import torch

from data import TRUE_BIAS, TRUE_WEIGHT, make_data
from model import LinearRegression


def train(model, x, y, epochs, lr):
    """Train the model, in place, and print its line on the way.

    x and y: tensors of shape (n, 1), of the model's dtype (number type) and device.
    Returns the (weight, bias) of each printed row; the last is the learned line.
    """
    criterion = torch.nn.MSELoss()  # computes the loss: the mean squared error
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)  # moves weight and bias
    rows = [2**k for k in range(30)] + [epochs]  # epochs to print: 1, 2, 4, ..., last

    print(f"\n{'epoch':>13} {'weight':>13} {'bias':>13} {'loss':>13}")
    history = [print_row(0, model, x, y, criterion)]  # where training starts
    for epoch in range(1, epochs + 1):
        # An epoch is one pass over all the points. Here it is one step, on all at once.
        prediction = model(x)  # the line's y for each x
        loss = criterion(prediction, y)  # how far off they are, in one number
        optimizer.zero_grad()  # clear the old gradients: backward() adds to them
        loss.backward()  # gradients: how fast the loss grows with weight and with bias
        optimizer.step()  # change weight and bias a little, against their gradients
        if epoch in rows:  # loss is from before the step: print_row computes it anew
            history.append(print_row(epoch, model, x, y, criterion))
    return history


def print_row(epoch, model, x, y, criterion):
    """Print the epoch, the weight, the bias and the loss; return (weight, bias)."""
    with torch.no_grad():  # this loss is only printed: it needs no gradients
        loss = criterion(model(x), y).item()  # the tensor's only number, for Python
    weight, bias = model.linear.weight.item(), model.linear.bias.item()
    print(f"{epoch:13} {weight:13.5f} {bias:13.5f} {loss:13.5f}")
    return weight, bias


def plot(x, y, history):
    """Return a figure of the points, the learned line and, thin, those on the way.

    x and y: NumPy arrays of shape (n,). history: (weight, bias) pairs, learned last.
    """
    every = (len(x) - 1) // 5000 + 1  # thins more than 5,000 points, evenly
    samples = f"{len(x):,} samples" + (f", 1 in {every} drawn" if every > 1 else "")
    weight, bias = history[-1]
    learned = f"learned: weight {weight:.5g}, bias {bias:.5g}"
    ends = np.array([x.min(), x.max()])

    figure, ax = plt.subplots(figsize=(7, 4.5))
    ax.scatter(x[::every], y[::every], s=16, color="#56B4E9", label=samples)
    ax.plot(ends, weight * ends + bias, color="black", lw=2.5, zorder=3, label=learned)
    ax.set_ylim(ax.get_ylim())  # keep this frame, however far the other lines reach
    middle = (len(history) - 1) // 2  # the one that the legend shows
    for k, (w, b) in enumerate(history[:-1]):
        label = "on the way: the later, the darker" if k == middle else None
        color = plt.cm.YlOrRd(0.2 + 0.7 * k / len(history))  # from yellow to red
        ax.plot(ends, w * ends + b, color=color, label=label)
    ax.set(title="A line learned from noisy points", xlabel="x", ylabel="y")
    ax.legend(framealpha=1)  # opaque, in front of the lines
    return figure


def parse_args():
    """Return the settings; exit with a message if one can't be read or is too low."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=100, help="number of points")
    parser.add_argument("--noise", type=float, default=0.3, help="size of the noise")
    parser.add_argument("--epochs", type=int, default=400, help="number of passes")
    parser.add_argument("--lr", type=float, default=0.15, help="learning rate")
    parser.add_argument("--seed", type=int, default=0, help="picks points and start")
    parser.add_argument("--no-cuda", action="store_true", help="train on the CPU")
    parser.add_argument("--save", help="picture file; else fit.png and a window")
    args = parser.parse_args()

    # Not 2 samples: a line goes through any two, and hides how noisy they are.
    lowest = {"samples": 3, "noise": 0, "epochs": 1, "lr": 0, "seed": 0}
    for name, low in lowest.items():
        if getattr(args, name) < low:
            parser.error(f"argument --{name}: takes {low} or more")
    return args


def main():
    """Make the points, train on them, then report, use and draw the learned line."""
    args = parse_args()
    use_cuda = torch.cuda.is_available() and not args.no_cuda  # an NVIDIA GPU
    device = torch.device("cuda" if use_cuda else "cpu")
    x, y = make_data(args.samples, args.noise, args.seed)
    torch.manual_seed(args.seed)  # the same seed, the same random start
    model = LinearRegression().to(device)  # model and points must be on one device

    print(f"Training on {device}: {args.samples:,} samples, lr {args.lr}")
    history = train(model, x.to(device), y.to(device), args.epochs, args.lr)
    weight, bias = history[-1]
    if not np.isfinite(history[-1]).all():
        sys.exit("main.py: error: the line is not finite: try a lower --lr or --noise")

    # Least squares: the line with the smallest loss. polyfit computes it in float64.
    x_np, y_np = x.numpy().ravel(), y.numpy().ravel()  # from shape (n, 1) to (n,)
    best_weight, best_bias = np.polyfit(x_np, y_np, 1)  # degree 1: a line
    print(f"\n{'true':13} {TRUE_WEIGHT:13.5f} {TRUE_BIAS:13.5f}")
    print(f"{'least squares':13} {best_weight:13.5f} {best_bias:13.5f}")
    print(f"{'learned':13} {weight:13.5f} {bias:13.5f}")
    gap = max(abs(weight - best_weight), abs(bias - best_bias))
    print(f"gap to least squares: {gap:.1e}")  # near 0: training has arrived
    with torch.no_grad():  # a prediction needs no gradients
        prediction = model(torch.tensor([[0.5]]).to(device)).item()  # shape (1, 1)
    print(f"prediction at x = 0.5: {prediction:.5f}")

    if args.save:
        plt.switch_backend("agg")  # use no window system: there may be none
    figure = plot(x_np, y_np, history)
    path = args.save or "fit.png"
    try:  # with a format: else savefig would silently save "fit" as "fit.png"
        figure.savefig(path, dpi=120, format=path.split(".")[-1])
    except (OSError, ValueError) as error:
        sys.exit(f"main.py: error: can't write {path} (try another --save): {error}")
    print(f"\nPlot saved to {path}")
    if not args.save:
        plt.show()


if __name__ == "__main__":
    main()
