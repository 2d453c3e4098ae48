"""Files of torch: a state dict, alone or within a checkpoint. Nothing in them is executed."""

from __future__ import annotations

import io
import pickle
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exactregions.activations import Activation
from exactregions.errors import FileFormatError, NetworkError
from exactregions.importers.sniffing import content_of
from exactregions.importers.statedict import network_of
from exactregions.importers.torch.loading import torch_module
from exactregions.network import Network
from exactregions.support.shortening import short, short_list

CODE = "load it where you trust it, and save its state_dict(), or hand the module to Network.from_torch"

ALWAYS_READ = 2**20  # entries of a tensor that are read also where the file repeats few numbers for them


def is_checkpoint(path: Path) -> bool:
    """Return whether a file begins as those of torch do: a zip archive of a pickle, or a pickle."""
    with path.open("rb") as stream:
        head = stream.read(4)
    return head[:2] == b"\x80\x02" or (head == b"PK\x03\x04" and any(n.endswith("data.pkl") for n in _members(path)))


def _members(path: Path | io.BytesIO) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, LookupError, struct.error):
        return []  # RuntimeError of archives that are encrypted, or of a later version of the format


def read(path: Path, *, activation: Activation | None = None, prefix: str | None = None) -> Network:
    """Read the state dict of a multilayer perceptron; the file is loaded with ``weights_only=True``.

    A state dict holds no architecture: the activation is asked for. A dict around it, as
    ``{"epoch": .., "model_state_dict": ..}``, and a list of one are unwrapped, and `Network.notes` says so. For
    another network, build the module, load the state dict into it, and use `Network.from_torch`.

    Raises
    ------
    FileFormatError
        If the file is truncated or foreign, holds code or no state dict, or no activation is named.
    UnsupportedLayerError
        If tensors belong to other layers than linear ones.
    NetworkError
        If shapes do not chain or a value is not finite.
    ExactRegionsError
        If torch is not installed.
    """
    torch_module()
    content = content_of(path)
    state, rest, notes = _unwrapped(_unpickled(content), prefix)
    tensors = {name: _values(value, name) for name, value in state.items()}
    network = network_of(tensors, activation, rest)
    return replace(network, notes=(*network.notes, *notes))


def _values(tensor: Any, name: str) -> NDArray[np.floating]:
    torch = torch_module()
    if tensor.is_meta:
        raise NetworkError(f"{name} has no values")
    if tensor.layout == torch.strided and tensor.numel() > ALWAYS_READ:
        held = tensor.untyped_storage().nbytes() // tensor.element_size()
        if tensor.numel() > held:
            raise NetworkError(
                f"{name} has shape {tuple(tensor.shape)}, and the file holds {held} numbers that are repeated to fill "
                "it; save tensor.contiguous()"
            )
    if not tensor.dtype.is_floating_point or tensor.layout != torch.strided:
        if tensor.dtype.is_complex or tensor.layout != torch.strided or name.endswith(("weight", "bias")):
            raise NetworkError(f"{name} is {tensor.dtype}, {tensor.layout}; give dense real floats")
        return tensor.detach().cpu().numpy()
    values = tensor.detach().cpu()
    return (values if values.dtype == torch.float64 else values.float()).numpy()


def _is_state(value: Any) -> bool:
    torch = torch_module()
    return (
        isinstance(value, Mapping)
        and len(value) > 0
        and all(isinstance(k, str) and isinstance(v, torch.Tensor) for k, v in value.items())
    )


def _unwrapped(found: Any, prefix: str | None) -> tuple[Mapping[str, Any], str | None, list[str]]:
    """Return the state dict in a file, what is left of the prefix, and what was unwrapped."""
    notes: list[str] = []
    while isinstance(found, list | tuple) and len(found) == 1:
        found, notes = found[0], [*notes, "a list of one was unwrapped"]
    if not isinstance(found, Mapping):
        raise FileFormatError(f"it holds a {type(found).__name__}, no state dict; save module.state_dict()")
    if not found:
        raise FileFormatError("it holds no tensors; save the state dict of a network with a Linear layer")
    if _is_state(found):
        return found, prefix, notes
    inner = dict(_states(found))
    if not inner:
        name, value = next((k, v) for k, v in found.items() if not hasattr(v, "shape"))
        raise FileFormatError(
            f"it is no state dict: {short(name)} holds a {type(value).__name__} and no tensor; save module.state_dict()"
        )
    chosen = [key for key in inner if prefix is not None and (prefix == key or prefix.startswith(f"{key}."))]
    if not chosen and len(inner) > 1:
        listed = short_list(list(inner), 200, short)
        raise FileFormatError(f"it holds several state dicts, {listed}; name one: prefix= (--prefix)")
    key = chosen[0] if chosen else next(iter(inner))
    rest = prefix[len(key) + 1 :] or None if chosen and prefix else prefix
    return inner[key], rest, [*notes, f"the state dict under {short(key)} was read"]


def _states(found: Mapping[Any, Any], path: str = "", depth: int = 0) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, value in found.items():
        name = f"{path}{key}"
        if _is_state(value):
            yield name, value
        elif isinstance(value, Mapping) and depth < 3:
            yield from _states(value, f"{name}.", depth + 1)


def _unpickled(content: bytes) -> object:
    torch = torch_module()
    members = _members(io.BytesIO(content)) if content[:4] == b"PK\x03\x04" else []
    if any("/code/" in name or name.endswith("constants.pkl") for name in members):
        raise FileFormatError(f"it is TorchScript, which holds code, and code in files is not run; {CODE}")
    # a damaged pickle can break the reader at any of its instructions, each in its own way
    broken = (pickle.UnpicklingError, RuntimeError, ValueError, TypeError, AttributeError, LookupError)
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (*broken, EOFError, OSError, OverflowError, MemoryError, AssertionError, struct.error) as error:
        kind = re.search(r"(?:GLOBAL|Unsupported (?:global|class|operand)) ([\w.]+\.[\w.]+)", str(error))
        if kind:
            raise FileFormatError(
                f"it holds an object of {kind[1]}, a pickled module perhaps, and code in files is not run; {CODE}"
            ) from None
        reason = re.split(r"[.\n]", str(error).strip(), maxsplit=1)[0][:120]
        raise FileFormatError(
            f"it is truncated, or no file of tensors alone ({reason}); torch.save the module.state_dict()"
        ) from None
