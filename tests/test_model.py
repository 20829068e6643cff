import torch

from model import LinearRegression


def test_it_is_exactly_weight_times_x_plus_bias():
    model = LinearRegression()
    x = torch.tensor([[-1.0], [0.0], [0.5], [3.0]])
    for weight, bias in ((2.0, 1.0), (-0.5, 4.0)):
        model.linear.weight.data.fill_(weight)
        model.linear.bias.data.fill_(bias)
        assert torch.equal(model(x), weight * x + bias)


def test_it_learns_two_numbers_in_float32():
    parameters = list(LinearRegression().parameters())
    assert [p.numel() for p in parameters] == [1, 1]
    assert all(p.requires_grad and p.dtype == torch.float32 for p in parameters)
