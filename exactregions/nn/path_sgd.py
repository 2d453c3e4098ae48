"""Path-SGD: steepest descent in the geometry of the path regulariser, for weights that may be shared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.obstacles import NEVER

# of these a squared network on ones does not have the sum over paths as its output
CURVED = (
    *(nn.LSTM, nn.GRU, nn.LSTMCell, nn.GRUCell, nn.Tanh, nn.Sigmoid, nn.Softmax, nn.LogSoftmax, nn.GELU, nn.SiLU),
    *(nn.ELU, nn.Softplus, nn.LayerNorm, nn.GroupNorm, nn.modules.batchnorm._NormBase, nn.MultiheadAttention),
    *(nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d),
)


def path_scale(module: nn.Module, example_input: Any, *, second: bool = False) -> list[Tensor | None]:
    """Return half the second derivative of the path regulariser by each parameter, of weights that each path uses once.

    The regulariser is the sum over paths of the squared product of weights (Neyshabur, Salakhutdinov, Srebro 2015). It
    is a polynomial g of squared weights: the output of the same module with these, on ones. What is returned is the
    derivative of g by the squared weight, by one backward pass (Neyshabur, Wu, Salakhutdinov, Srebro 2016: kappa^(1)).

    Parameters
    ----------
    module : torch.nn.Module
        Of affine layers, ReLU, and recurrent layers with ReLU; a bias is the weight of an input that is 1.
    example_input : tensor or tuple of tensors
        Only shapes count: one row is taken. States that are given are no inputs of paths, and zero.
    second : bool
        Whether 2 p^2 times the second derivative of g is added, which is what paths that use a weight several times
        add (kappa^(2)); it takes a backward pass for each weight.

    Returns
    -------
    list of tensor or None
        As `module.parameters()`; None where no path goes through.

    Raises
    ------
    UnsupportedLayerError
        If a layer is no affine map or ReLU.
    """
    _require_paths(module)
    parameters = [p for p in module.parameters() if p.requires_grad]
    kept = [p.data for p in parameters]
    training = module.training
    try:
        module.eval()
        for parameter in parameters:
            parameter.data = parameter.data.square()
        with torch.enable_grad():
            total = _first(module(*_ones(example_input, kept[0].dtype))).sum()
            found = torch.autograd.grad(total, parameters, create_graph=second, allow_unused=True)
            squares = [p.data for p in parameters]
            return [
                g if g is None or not second else g.detach() + _twice(g, p, square)
                for g, p, square in zip(found, parameters, squares, strict=True)
            ]
    finally:
        module.train(training)
        for parameter, value in zip(parameters, kept, strict=True):
            parameter.data = value


class PathSGD(torch.optim.Optimizer):
    """Stochastic gradient descent whose steps are divided by `path_scale`.

    Multiplying what enters a unit by a positive number, and dividing what leaves it by the same, changes neither the
    function nor where the steps lead: they are rescaled in the same way. A parameter that no path uses stays as it is:
    its gradient is zero.

    Parameters
    ----------
    module : torch.nn.Module
        As for `path_scale`.
    example_input : tensor or tuple of tensors
    lr : float
        Positive.
    second : bool
        As for `path_scale`.

    Raises
    ------
    NetworkError
        If the rate is not positive.
    UnsupportedLayerError
        As `path_scale`.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))
    >>> steps = PathSGD(net, torch.zeros(1, 2), lr=0.01)
    >>> net(torch.ones(4, 2)).square().mean().backward()
    >>> steps.step()
    """

    def __init__(self, module: nn.Module, example_input: Any, lr: float, *, second: bool = False) -> None:
        if not lr > 0:
            raise NetworkError(f"lr is {lr}; give a positive number")
        _require_paths(module)
        self._module, self._example, self._second = module, example_input, second
        super().__init__([p for p in module.parameters() if p.requires_grad], {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step along the gradients that are there; a closure computes them first, and its loss is returned."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        scales = path_scale(self._module, self._example, second=self._second)
        (group,) = self.param_groups
        for parameter, scale in zip(group["params"], scales, strict=True):
            if parameter.grad is not None and scale is not None:
                step = torch.where(scale > 0, parameter.grad / scale, torch.zeros_like(scale))
                parameter -= group["lr"] * step
        return loss


def _require_paths(module: nn.Module) -> None:
    for name, part in module.named_modules():
        tanh = isinstance(part, nn.RNN | nn.RNNCell) and part.nonlinearity != "relu"
        if isinstance(part, CURVED) or tanh:
            raise UnsupportedLayerError(
                f"{type(part).__name__} {name}: no sum over paths ({NEVER}, or it compares values)"
            )


def _ones(example: Any, dtype: torch.dtype) -> tuple[Tensor, ...]:
    parts = example if isinstance(example, tuple) else (example,)
    first, *states = (torch.as_tensor(part).detach()[:1].to(dtype) for part in parts)
    return torch.ones_like(first), *(torch.zeros_like(state) for state in states)


def _first(found: Any) -> Tensor:
    """Return the output of a module; of a recurrent one the values of all steps, without the last one again."""
    return found[0] if isinstance(found, tuple) else found


def _twice(gradient: Tensor, parameter: Tensor, square: Tensor) -> Tensor:
    """Return 2 p^2 times the second derivative, entry by entry."""
    rows = [
        torch.autograd.grad(entry, parameter, retain_graph=True, allow_unused=True)[0] if entry.requires_grad else None
        for entry in gradient.flatten()
    ]
    own = [square.new_zeros(()) if row is None else row.flatten()[k] for k, row in enumerate(rows)]
    return 2 * square * torch.stack(own).reshape(square.shape)
