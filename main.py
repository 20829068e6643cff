"""Learn a line from noisy points, check it against the exact best, and draw it."""

import argparse

import matplotlib.pyplot as plt
import numpy as np
import torch

from data import TRUE_BIAS, TRUE_WEIGHT, make_data
from model import LinearRegression


def train(model, x, y, epochs, lr):
    """Train the model in place; print and return its line after 0, 1, 2, 4, ... epochs.

    x and y: tensors of shape (n, 1), of the model's dtype (number type) and device.
    Returns (weight, bias) pairs. For the line after the last epoch, use get_line().
    """
    criterion = torch.nn.MSELoss()  # computes the loss: the mean squared error
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)  # moves weight and bias
    rows = [0] + [2**k for k in range(30)]  # epochs to print: 0, 1, 2, 4, 8, ...
    history = []
    print(f"\n{'epoch':>13} {'weight':>13} {'bias':>13} {'loss':>13}")
    for epoch in range(epochs):
        # An epoch is one pass over all the points. Here it is one step, on all at once.
        prediction = model(x)  # the line's y for each x
        loss = criterion(prediction, y)  # how far off they are, in one number
        if epoch in rows:  # print this line and its loss before step() changes it
            history.append(get_line(model))
            print_row(epoch, history[-1], loss.item())
        optimizer.zero_grad()  # clear the old gradients: backward() adds to them
        loss.backward()  # gradients: how fast the loss grows with weight and with bias
        optimizer.step()  # use them to change weight and bias a little
    return history


def get_line(model):
    """Return the model's weight and bias."""
    # Each is a tensor with one number in it: item() takes the number out.
    return model.linear.weight.item(), model.linear.bias.item()


def print_row(name, line, loss):
    """Print a table's row: epoch or name, the (weight, bias) of a line, and its loss."""
    weight, bias = line
    print(f"{name:13} {weight:13.5f} {bias:13.5f} {loss:13.5f}")


def plot(x, y, history, learned):
    """Return a figure of the points and the lines: learned, true and on the way.

    x and y: NumPy arrays of shape (n,). learned: (weight, bias). history: such pairs.
    """
    ends = np.array([x.min(), x.max()])
    weight, bias = learned

    figure, ax = plt.subplots(figsize=(7, 4.5))
    ax.scatter(x, y, s=50, color="#56B4E9", label="samples")
    ax.plot(ends, weight * ends + bias, color="royalblue", lw=4, label="learned")
    ax.plot(ends, TRUE_WEIGHT * ends + TRUE_BIAS, "--", color="black", label="true")
    ax.set_ylim(ax.get_ylim())  # keep this frame, however far the other lines reach
    for k, (w, b) in enumerate(history):
        # The legend shows one of them, the middle one.
        label = "on the way: the later, the darker" if k == len(history) // 2 else None
        color = plt.cm.YlOrRd(0.25 + 0.75 * k / len(history))  # from yellow to red
        ax.plot(ends, w * ends + b, color=color, zorder=1, label=label)
    ax.set_title(f"Learned weight {weight:.5f}, bias {bias:+.5f}")
    ax.set(xlabel="x", ylabel="y")
    ax.legend()
    return figure


def parse_args():
    """Return the settings that the command line gives."""
    formatter = argparse.ArgumentDefaultsHelpFormatter  # --help tells the defaults
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("--samples", type=int, default=100, help="number of points")
    parser.add_argument("--noise", type=float, default=0.3, help="size of the noise")
    parser.add_argument("--epochs", type=int, default=400, help="passes over the data")
    parser.add_argument("--lr", type=float, default=0.1, help="learning rate")
    parser.add_argument("--seed", type=int, default=0, help="picks points and start")
    parser.add_argument("--no-cuda", action="store_true", help="train on the CPU")
    parser.add_argument("--save", default="fit.png", help="picture: .png, .pdf or .svg")
    parser.add_argument("--no-show", action="store_true", help="open no window")
    args = parser.parse_args()
    lowest = {"samples": 2, "noise": 0, "epochs": 1, "lr": 0, "seed": 0}
    for name, low in lowest.items():
        if getattr(args, name) < low:
            parser.error(f"argument --{name}: takes {low} or more")
    if not args.save.lower().endswith((".png", ".pdf", ".svg")):
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

    task = f"{args.samples:,} samples, {args.epochs:,} epochs, lr {args.lr}"
    print(f"Training on {device}: {task}")
    history = train(model, x.to(device), y.to(device), args.epochs, args.lr)
    learned = get_line(model)
    if not np.isfinite(learned).all():
        raise SystemExit("The line is not finite: try a lower --lr or --noise.")

    # Check in NumPy's float64, with 16 digits where the model's float32 has 7.
    # ravel() makes shape (n,) of (n, 1): the numbers alone, as polyfit takes them.
    x_np, y_np = x.double().numpy().ravel(), y.double().numpy().ravel()
    best = np.polyfit(x_np, y_np, 1)  # least squares: the line with the smallest loss
    true = TRUE_WEIGHT, TRUE_BIAS
    print()
    for name, line in ("true", true), ("least squares", best), ("learned", learned):
        errors = np.polyval(line, x_np) - y_np  # polyval: weight * x + bias
        print_row(name, line, np.mean(errors**2))
    gap = max(abs(np.subtract(learned, best)))  # in weight or in bias, the larger
    print(f"gap to least squares: {gap:.1e}")  # near 0: training has arrived

    x_new = torch.tensor([[0.5]], device=device)  # shape (1, 1): a row of one number
    with torch.no_grad():  # a prediction needs no gradients
        print(f"prediction at x = 0.5: {model(x_new).item():.5f}")

    try:
        plot(x_np, y_np, history, learned).savefig(args.save, dpi=120)
    except OSError as error:
        raise SystemExit(f"Can't write --save {args.save}: {error}")
    print(f"Plot saved to {args.save}", flush=True)  # now, before the window opens
    if not args.no_show:
        plt.show()


if __name__ == "__main__":
    main()
