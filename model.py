"""The model: a straight line."""

from torch import nn


class LinearRegression(nn.Module):
    """y = weight * x + bias, where training chooses the weight and the bias."""

    def __init__(self):
        super().__init__()
        # One input feature, one output; PyTorch starts both parameters at random.
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        """Predict y for x, both (n, 1) and of the model's dtype: float32 by default."""
        return self.linear(x)
