"""Reading networks from files, and writing them: one file a format."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exactregions.errors import FileFormatError, NetworkError
from exactregions.network import Network
from exactregions.support.files import whole_file

__all__ = ["load", "save"]

OPTIONS: dict[str, tuple[str, ...]] = dict.fromkeys((".onnx", ".onnx.gz"), ("output", "strip_output", "batch"))


def load(
    path: str | os.PathLike[str],
    *,
    output: str | None = None,
    strip_output: bool = False,
    batch: int | None = None,
) -> Network:
    """Read a network from a file; the suffix tells the format.

    float16, bfloat16 and float32 weights are widened to float64 without a change of value.

    Parameters
    ----------
    path : str or path-like
        ``.npz``: arrays ``W0, b0, W1, b1, ..`` (see `exactregions.importers.npz`).
        ``.safetensors``: ``0.weight``-style names (see `exactregions.importers.safetensors`).
        ``.pt``, ``.pth``: the state dict of a multilayer perceptron (see `exactregions.importers.torch`).
        ``.onnx``, ``.onnx.gz``: a graph of operators (see `exactregions.importers.onnx`).
        The first three hold tensors and no architecture: ReLU between the layers is assumed, unless `save`
        has stored other slopes.
    output : str, optional
        Of an ONNX model: the name of the output, or of any other value, needed where there are several outputs.
    strip_output : bool
        Whether a softmax, log-softmax, sigmoid or argmax at the end of an ONNX model is cut off. Without it, such a
        model is refused.
    batch : {1}, optional
        Of an ONNX model with a fixed first dimension above 1: with 1 it is a batch, and the network that of one row.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If the suffix is unknown, or the file is truncated, foreign, or does not hold a network.
    UnsupportedLayerError
        If the network has a layer without a translation.
    NetworkError
        If shapes do not chain or a value is not finite.
    ExactRegionsError
        If the format needs a package that is not installed; the message names the command.
    """
    source = Path(path)
    read = _reader(source)
    if source.is_dir():
        raise FileFormatError(f"{source} is a directory; give a file")
    try:
        return read(source, **_options(source, output=output, strip_output=strip_output or None, batch=batch))
    except (FileFormatError, NetworkError) as error:
        raise type(error)(f"{source}: {error}") from None


def save(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network to a ``.npz`` or ``.safetensors`` file, from which `load` makes an equal one.

    Weights are stored in float32 where that holds every one of them exactly, else in float64. The file
    appears under its name only when it is whole.

    Parameters
    ----------
    network : Network
    path : str or path-like

    Raises
    ------
    FileFormatError
        If the suffix is another.
    """
    target = Path(path)
    content = _writer(target)(network)
    with whole_file(target) as stream:
        stream.write(content)


def _options(path: Path, **given: Any) -> dict[str, Any]:
    """Return the options that are given, refusing those of another format."""
    known = OPTIONS.get(_suffix(path), ())
    chosen = {name: value for name, value in given.items() if value is not None}
    foreign = [name for name in chosen if name not in known]
    if foreign:
        raise FileFormatError(f"{path}: {foreign[0]}= means nothing for a {_suffix(path)} file; leave it out")
    return chosen


def _reader(path: Path) -> Callable[..., Network]:
    # the formats are imported when asked for, so that importing the package stays quick
    match _suffix(path):
        case ".npz":
            from exactregions.importers import npz as chosen
        case ".safetensors":
            from exactregions.importers import safetensors as chosen
        case ".pt" | ".pth":
            from exactregions.importers import torch as chosen
        case ".onnx" | ".onnx.gz":
            from exactregions.importers import onnx as chosen
        case other:
            raise FileFormatError(
                f"{path} has the suffix {other!r}; give a .npz, .safetensors, .pt, .pth or .onnx file"
            )
    return chosen.read


def _writer(path: Path) -> Callable[[Network], bytes]:
    match path.suffix.lower():
        case ".npz":
            from exactregions.importers import npz as chosen
        case ".safetensors":
            from exactregions.importers import safetensors as chosen
        case other:
            raise FileFormatError(f"{path} has the suffix {other!r}; write to .npz or .safetensors")
    return chosen.dump


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    return "".join(suffixes) if suffixes[-1:] == [".gz"] else "".join(suffixes[-1:])
