"""The model: a straight line."""

from torch import nn


class LinearRegression(nn.Module):
    """y = weight * x + bias, where training chooses the weight and the bias."""

    # Every PyTorch model is an nn.Module: a class that says in __init__ what the model
    # is made of, and in forward what it computes. Calling model(x) runs forward.

    def __init__(self):
        super().__init__()  # lets nn.Module keep a list of what can be trained
        self.linear = nn.Linear(1, 1)  # one number in, one out; starts at random

    def forward(self, x):
        """Return the line's y for each x: a tensor of shape (n, 1), just as x is.

        x has the dtype of the model: float32, unless the model was made another.
        """
        return self.linear(x)
