"""The model: a straight line."""

from torch import nn


class LinearRegression(nn.Module):
    """y = weight * x + bias, where training chooses the weight and the bias.

    Like nearly every PyTorch model it is an nn.Module: __init__ says what it is made
    of, and forward what it computes. nn.Module lets it be called like a function:
    model(x) runs forward, just as self.linear(x) runs the forward of nn.Linear.
    """

    def __init__(self):
        super().__init__()  # lets nn.Module keep a list of what can be trained
        self.linear = nn.Linear(1, 1)  # one number in, one out; starts at random

    def forward(self, x):
        """Return the line's y for each x, both of shape (n, 1)."""
        return self.linear(x)
