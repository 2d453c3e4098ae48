"""PyTorch modules, and state dicts of multilayer perceptrons (``.pt``, ``.pth``)."""

from __future__ import annotations

import io
import pickle
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from exactregions.errors import ExactRegionsError, FileFormatError, NetworkError, UnsupportedLayerError
from exactregions.importers.lowering import Activation, Affine, Step, assemble, stack
from exactregions.importers.statedict import check_shapes, layers_of
from exactregions.network import Network

if TYPE_CHECKING:
    import torch

__all__ = ["from_module", "read"]

SUPPORTED = "Sequential, Linear, ReLU, LeakyReLU, Flatten, Identity and Dropout"


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        raise ExactRegionsError('this needs torch; install it: pip install "exactregions[torch]"') from None
    return torch


def from_module(module: torch.nn.Module) -> Network:
    """Translate a module as it computes in eval mode: Dropout changes nothing, whatever the training flag.

    Parameters
    ----------
    module : torch.nn.Module
        A Linear, or a Sequential, nested at will, of Linear, ReLU, LeakyReLU, Flatten, Identity and Dropout.
        Inputs of several dimensions are flattened.

    Returns
    -------
    Network
        Parameters are widened to float64 without a change of value. The slope of a LeakyReLU is a Python
        float that torch rounds to float32 before it computes, unless the parameters are float64: the rounded
        value is taken.

    Raises
    ------
    UnsupportedLayerError
        If there is another layer, or one with hooks; it is named, with its position.
    NetworkError
        If there is no Linear layer, a parameter is not real and finite, or shapes do not chain.
    ExactRegionsError
        If torch is not installed.
    """
    torch = _torch()
    if not isinstance(module, torch.nn.Module):
        raise NetworkError(f"a {type(module).__name__} was given; give a torch.nn.Module")
    for name, parameter in module.named_parameters():
        _check_values(parameter, name)
    double = any(p.dtype == torch.float64 for p in module.parameters())
    steps: list[Step] = []
    for position, (name, layer) in enumerate(_leaves(module, "")):
        place = f"layer {position} ({name!r})" if name else f"layer {position}"
        steps += _steps(layer, place, double)
    affine = next((step for step in steps if isinstance(step, Affine)), None)
    if affine is None:
        raise NetworkError(f"the {type(module).__name__} has no Linear layer, so its input has no known size")
    return assemble(steps, affine.weight.shape[1])


def _is(module: torch.nn.Module, kind: type[torch.nn.Module]) -> bool:
    # a subclass may compute something else
    return isinstance(module, kind) and getattr(module.forward, "__func__", None) is kind.forward


def _leaves(module: torch.nn.Module, name: str) -> Iterator[tuple[str, torch.nn.Module]]:
    """Yield dotted names and layers in the order in which they are applied; one used twice comes twice."""
    if module._forward_hooks or module._forward_pre_hooks:
        raise UnsupportedLayerError(
            f"{name or 'the module'} ({type(module).__name__}) has a forward hook, which may change its "
            "output; remove it (torch.nn.utils.prune.remove, remove_weight_norm, ..)"
        )
    if not _is(module, _torch().nn.Sequential):
        yield name, module
        return
    for key, child in module._modules.items():
        assert child is not None
        yield from _leaves(child, f"{name}.{key}" if name else key)


def _steps(layer: torch.nn.Module, place: str, double: bool) -> list[Step]:
    nn = _torch().nn
    if _is(layer, nn.Linear):
        return [_affine(layer, place)]
    if _is(layer, nn.ReLU):
        return [Activation(0.0)]
    if _is(layer, nn.LeakyReLU):
        slope = layer.negative_slope
        return [Activation(float(slope) if double else float(np.float32(slope)))]  # type: ignore[arg-type]
    if _is(layer, nn.Flatten) and (layer.start_dim, layer.end_dim) != (1, -1):
        raise UnsupportedLayerError(
            f"{place} is Flatten({layer.start_dim}, {layer.end_dim}); only Flatten(1, -1) keeps points apart"
        )
    if any(_is(layer, kind) for kind in (nn.Flatten, nn.Identity, nn.Dropout)):
        return []
    raise UnsupportedLayerError(
        f"{place} is {type(layer).__name__}; supported are {SUPPORTED}. Of a module with its own forward, "
        "give the Sequential inside it, or export it to ONNX"
    )


def _affine(layer: Any, place: str) -> Affine:
    weight = _values(layer.weight, f"the weight of {place}")
    bias = np.zeros(len(weight)) if layer.bias is None else _values(layer.bias, f"the bias of {place}")
    return Affine(weight, bias)


def _check_values(tensor: torch.Tensor, name: str) -> None:
    torch = _torch()
    if isinstance(tensor, torch.nn.parameter.UninitializedTensorMixin) or tensor.is_meta:
        raise NetworkError(f"{name} has no values yet; run the module on a batch, or load its weights, first")
    if not tensor.dtype.is_floating_point or tensor.layout != torch.strided:
        raise NetworkError(f"{name} is {tensor.dtype}, {tensor.layout}; give dense real floats")


def _values(tensor: torch.Tensor, name: str) -> NDArray[np.float64]:
    torch = _torch()
    _check_values(tensor, name)
    return tensor.detach().cpu().to(torch.float64).numpy()


def read(path: Path) -> Network:
    """Read the state dict of a multilayer perceptron; the file is loaded with ``weights_only=True``.

    The layers are taken in the order of the state dict, which is the one in which the module lists them. A
    state dict holds no architecture: ReLU between the layers is assumed. For another network, build the
    module, load the state dict into it, and use `from_module`.

    Raises
    ------
    FileFormatError
        If the file is truncated or foreign, or holds something else than a state dict.
    UnsupportedLayerError
        If a tensor belongs to another layer than a linear one.
    NetworkError
        If shapes do not chain or a value is not finite.
    ExactRegionsError
        If torch is not installed.
    """
    torch = _torch()
    content = path.read_bytes()
    state = _unpickled(content)
    if not isinstance(state, dict):
        raise FileFormatError(f"it holds a {type(state).__name__}, no state dict; save module.state_dict()")
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor):
            raise FileFormatError(
                f"it is no state dict: {name!r} holds a {type(value).__name__} and no tensor; save "
                "module.state_dict()"
            )
    check_shapes({name: value.shape for name, value in state.items()})
    return stack(layers_of({name: _values(value, name) for name, value in state.items()}))


def _unpickled(content: bytes) -> object:
    torch = _torch()
    # a damaged pickle can break the reader at any of its instructions, each in its own way
    broken = (pickle.UnpicklingError, RuntimeError, ValueError, TypeError, AttributeError, LookupError)
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (*broken, EOFError, OSError, OverflowError, MemoryError, AssertionError, struct.error) as error:
        reason = re.split(r"[.\n]", str(error).strip(), maxsplit=1)[0][:120]
        raise FileFormatError(
            f"it is truncated, or no file of tensors alone ({reason}); torch.save the module.state_dict()"
        ) from None
