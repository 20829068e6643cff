"""Learn a line from noisy points, check it against the exact best, and draw it."""

import argparse

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
        if epoch in rows:
            history.append(print_row(epoch, model, x, y, criterion))
    return history


def print_row(epoch, model, x, y, criterion):
    """Print the epoch, the weight, the bias and the loss; return (weight, bias)."""
    # The loss and the parameters are tensors: item() takes out their one number.
    with torch.no_grad():  # this loss is only printed: it needs no gradients
        loss = criterion(model(x), y).item()  # anew: step() came after the loop's loss
    weight, bias = model.linear.weight.item(), model.linear.bias.item()
    print(f"{epoch:13} {weight:13.5f} {bias:13.5f} {loss:13.5f}")
    return weight, bias


def plot(x, y, history):
    """Return a figure of the points, the true and the learned line, and those before.

    x and y: NumPy arrays of shape (n,). history: (weight, bias) pairs, learned last.
    """
    every = max(1, len(x) // 5000)  # thins 10,000 points and more
    weight, bias = history[-1]
    ends = np.array([x.min(), x.max()])

    figure, ax = plt.subplots(figsize=(7, 4.5))
    ax.scatter(x[::every], y[::every], s=24, color="#56B4E9", label="samples")
    true = TRUE_WEIGHT * ends + TRUE_BIAS
    ax.plot(ends, true, "--", color="limegreen", zorder=4, label="true line")
    learned = weight * ends + bias
    ax.plot(ends, learned, color="royalblue", lw=3, zorder=3, label="learned line")
    ax.set_ylim(ax.get_ylim())  # keep this frame, however far the other lines reach
    for k, (w, b) in enumerate(history[:-1]):
        label = "on the way: the later, the darker" if k == 0 else None
        color = plt.cm.YlOrRd(0.2 + 0.7 * k / len(history))  # from yellow to red
        ax.plot(ends, w * ends + b, color=color, label=label)
    ax.set(title=f"Learned weight {weight:.5}, bias {bias:.5}", xlabel="x", ylabel="y")
    ax.legend()
    return figure


def parse_args():
    """Return the settings; exit with a message if one is wrong."""
    formatter = argparse.ArgumentDefaultsHelpFormatter  # --help tells the defaults
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("--samples", type=int, default=100, help="number of points")
    parser.add_argument("--noise", type=float, default=0.3, help="size of the noise")
    parser.add_argument("--epochs", type=int, default=400, help="passes over the data")
    parser.add_argument(
        "--lr", type=float, default=0.15, help="learning rate: size of the steps"
    )
    parser.add_argument("--seed", type=int, default=0, help="picks points and start")
    parser.add_argument("--no-cuda", action="store_true", help="train on the CPU")
    parser.add_argument("--save", default="fit.png", help="picture: .png, .pdf or .svg")
    parser.add_argument("--no-show", action="store_true", help="open no window")
    args = parser.parse_args()
    lowest = {"samples": 2, "noise": 0, "epochs": 1, "lr": 0, "seed": 0}
    for name, low in lowest.items():
        if not getattr(args, name) >= low:  # refuses nan, too
            parser.error(f"argument --{name}: takes {low} or more")
    if not args.save.endswith((".png", ".pdf", ".svg")):
        parser.error("argument --save: takes a name that ends in .png, .pdf or .svg")
    return args


def main():
    """Make the points, train on them, then report, use and draw the learned line."""
    args = parse_args()
    if args.no_show:
        plt.switch_backend("agg")  # use no window system: there may be none
    device = "cuda" if torch.cuda.is_available() and not args.no_cuda else "cpu"
    x, y = make_data(args.samples, args.noise, args.seed)
    torch.manual_seed(args.seed)  # the same seed, the same random start
    model = LinearRegression().to(device)  # all on one device: a GPU (cuda) or the CPU

    print(f"Training on {device}: {args.samples:,} samples, lr {args.lr}")
    history = train(model, x.to(device), y.to(device), args.epochs, args.lr)
    weight, bias = history[-1]
    if not np.isfinite(history[-1]).all():
        raise SystemExit("The line is not finite: try a lower --lr or --noise.")

    # Least squares: the line with the smallest loss. polyfit computes it in float64.
    x_np, y_np = x.double().numpy().ravel(), y.double().numpy().ravel()  # shape (n,)
    best_weight, best_bias = np.polyfit(x_np, y_np, 1)  # degree 1: a line
    print(f"\n{'true':13} {TRUE_WEIGHT:13.5f} {TRUE_BIAS:13.5f}")
    print(f"{'least squares':13} {best_weight:13.5f} {best_bias:13.5f}")
    print(f"{'learned':13} {weight:13.5f} {bias:13.5f}")
    gap = max(abs(weight - best_weight), abs(bias - best_bias))
    print(f"gap to least squares: {gap:.1e}")  # near 0: training has arrived

    x_new = torch.tensor([[0.5]], device=device)  # shape (1, 1): a row of one number
    with torch.no_grad():  # a prediction needs no gradients
        print(f"prediction at x = 0.5: {model(x_new).item():.5f}")

    try:
        plot(x_np, y_np, history).savefig(args.save, dpi=120)
    except OSError as error:
        raise SystemExit(f"Can't write --save {args.save}: {error}")
    print(f"Plot saved to {args.save}", flush=True)  # now, before the window opens
    if not args.no_show:
        plt.show()


if __name__ == "__main__":
    main()
