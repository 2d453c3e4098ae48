"""From a torch module to a network."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from exactregions.errors import NetworkError, UnsupportedLayerError
from exactregions.importers.agreement import compared
from exactregions.importers.graph.lowering import lower
from exactregions.importers.graph.rows import one_row
from exactregions.importers.torch.loading import torch_module
from exactregions.importers.torch.recurrent import first_shape
from exactregions.importers.torch.walk import Walk, is_plain, known_operators, widened
from exactregions.network import Network
from exactregions.support.shortening import short


def from_module(
    module: Any,
    example_input: Any = None,
    *,
    input_shape: Sequence[int] | None = None,
    output: int | None = None,
    strip_output: bool = False,
    batch: int | None = None,
    steps: int | None = None,
    check: bool = True,
    tolerance: float | None = None,
) -> Network:
    """Translate a module as it computes in eval mode; see `exactregions.Network.from_torch`."""
    torch = torch_module()
    if not isinstance(module, torch.nn.Module):
        raise NetworkError(f"a {type(module).__name__} was given; give a torch.nn.Module")
    for name, value in [*module.named_parameters(), *module.named_buffers()]:
        widened(value, name)
    training = _depends_on_mode(module)
    with _inference(module):
        program, examples = _exported(module, example_input, input_shape, steps)
        walk = Walk(program, strip_output)
        result = _chosen(walk.run(), output)
        if training:
            walk.graph.note("the module is in training mode and was read in inference, as after eval()")
        if batch is not None:
            return one_row(walk.graph, walk.inputs, result, batch)
        network = lower(walk.graph, walk.graph.references(result))
        if check and not strip_output:
            network = compared(network, _evaluation(module, examples, output), _kind(examples), tolerance)
    return network


def _depends_on_mode(module: Any) -> bool:
    nn = torch_module().nn
    kinds = (nn.modules.batchnorm._NormBase, nn.modules.dropout._DropoutNd, nn.RReLU)
    return any(isinstance(part, kinds) and part.training for part in module.modules())


@contextlib.contextmanager
def _inference(module: Any) -> Iterator[None]:
    """Put a module and its parts in eval mode, and each back as it was."""
    torch = torch_module()
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for part, mode in modes:
            part.training = mode


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keep torch from logging shapes that do not fit, which become errors of our own."""
    logger = logging.getLogger("torch._subclasses.fake_tensor")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _exported(
    module: Any, example: Any, shape: Sequence[int] | None, steps: int | None = None
) -> tuple[Any, tuple[Any, ...]]:
    """Return the exported program and the inputs it was exported with."""
    torch = torch_module()
    if example is not None and shape is not None:
        raise NetworkError("both example_input and input_shape are given; give one of them")
    if steps is not None:
        if example is not None or shape is not None:
            raise NetworkError("steps is given beside the shape of the input; give one of them")
        example = torch.zeros(first_shape(module, *_sizes(steps)), dtype=_type(module))
    if example is not None:
        examples = _tensors(module, example)
        return _program(module, examples), examples
    shapes = [(1, _first_width(module))] if shape is None else [(1, *_sizes(shape)), _sizes(shape)]
    for position, size in enumerate(shapes):
        examples = (torch.zeros(size, dtype=_type(module), device=_device(module)),)
        try:
            return _program(module, examples), examples
        except NetworkError:
            # a module that takes no batch of one in front may take the shape as it is
            if position == len(shapes) - 1:
                raise
    raise AssertionError("a shape is tried")


def _sizes(shape: Sequence[int] | int) -> tuple[int, ...]:
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if not sizes or any(isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1 for n in sizes):
        raise NetworkError(f"input_shape is {short(shape)}; give positive integers, as (3, 32, 32)")
    return tuple(int(n) for n in sizes)


def _type(module: Any) -> Any:
    torch = torch_module()
    values = (*module.parameters(), *module.buffers())
    return next((v.dtype for v in values if v.dtype.is_floating_point), torch.float32)


def _device(module: Any) -> Any:
    return next((v.device for v in (*module.parameters(), *module.buffers())), "cpu")


def _tensors(module: Any, example: Any) -> tuple[Any, ...]:
    torch = torch_module()
    parts: Any = example if isinstance(example, tuple) else (example,)
    found = []
    for part in parts:
        value = part
        if not isinstance(part, torch.Tensor):
            try:
                value = torch.as_tensor(np.asarray(part)).to(_type(module))
            except (TypeError, ValueError) as error:
                raise NetworkError(f"example_input is no tensor or tuple of tensors ({error})") from None
        found.append(value.detach().to(_device(module)))
    return tuple(found)


def _first_width(module: Any) -> int:
    """Return the number of inputs of a Sequential that begins with a Linear."""
    nn = torch_module().nn
    passed = (nn.Flatten, nn.Identity, nn.Dropout, nn.ReLU, nn.LeakyReLU)
    waiting = [module]
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, nn.Linear):
            return part.in_features
        if type(part) is nn.Sequential:
            waiting = [*part.children(), *waiting]
        elif type(part) not in passed:
            break
    raise NetworkError(
        f"the shape of the input of the {type(module).__name__} is not known; give example_input=, a tensor as the "
        "module takes it, or input_shape=, as (3, 32, 32)"
    )


def _program(module: Any, examples: tuple[Any, ...]) -> Any:
    torch = torch_module()
    try:
        with _silent():
            program = torch.export.export(module, examples, strict=False)
        if is_plain(program):
            return program
        table = torch.export.default_decompositions()
        known = known_operators()
        for target in list(table):
            if target._schema.name.split("::")[-1] in known:
                table.pop(target)
        return program.run_decompositions(table)
    except (RuntimeError, TypeError, ValueError, AssertionError, AttributeError, LookupError) as error:
        reason = " ".join(str(error).split())[:300]
        shapes = [tuple(value.shape) for value in examples]
        raise NetworkError(
            f"torch cannot export the {type(module).__name__} with inputs of shape {short(shapes)} ({reason})"
        ) from None


def _chosen(results: list[Any], output: int | None) -> Any:
    values = [value for value in results if value is not None]
    if output is None and len(values) == 1:
        output = 0
    if output is None or not 0 <= output < len(values):
        if results and not values:
            raise UnsupportedLayerError("its output is the places of largest values, a label: not piecewise linear")
        raise UnsupportedLayerError(f"the module gives {len(values)} outputs; name one, from 0 on: output=0")
    value = values[output]
    return value if not hasattr(value, "numpy") else value.numpy()


def _kind(examples: tuple[Any, ...]) -> str:
    return str(examples[0].dtype).removeprefix("torch.")


def _evaluation(module: Any, examples: tuple[Any, ...], output: int | None) -> Callable[[Any], Any]:
    """Return the module as a function of points."""
    torch = torch_module()
    sizes = [value.numel() for value in examples]

    def evaluate(points: Any) -> Any:
        found = []
        for point in points:
            parts = np.split(point, np.cumsum(sizes)[:-1])
            inputs = [
                torch.from_numpy(part.copy()).reshape(value.shape).to(value.dtype).to(value.device)
                for part, value in zip(parts, examples, strict=True)
            ]
            results = [v for v in torch.utils._pytree.tree_leaves(module(*inputs)) if v is not None]
            found.append(results[output or 0].detach().cpu().double().numpy().ravel())
        return np.array(found)

    return evaluate
