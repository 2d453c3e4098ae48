"""Reading networks from files, and writing them: one file a format."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exactregions.activations import Activation
from exactregions.errors import FileFormatError, NetworkError, UnsupportedLayerError
from exactregions.importers.sniffing import refuse_foreign
from exactregions.network import Network
from exactregions.support.files import whole_file
from exactregions.support.shortening import short

__all__ = ["load", "save"]

SUFFIXES = {".npz": "npz", ".safetensors": "safetensors", ".onnx": "onnx", ".onnx.gz": "onnx", ".nnet": "nnet"}
SUFFIXES |= dict.fromkeys((".pt", ".pth", ".ckpt", ".bin", ".pth.tar", ".pt.tar"), "checkpoint")
OPTIONS: dict[str, tuple[str, ...]] = {"onnx": ("output", "strip_output", "batch", "steps")}
OPTIONS |= dict.fromkeys(("checkpoint", "safetensors"), ("activation", "prefix"))


def load(
    path: str | os.PathLike[str],
    *,
    activation: Activation | None = None,
    prefix: str | None = None,
    output: str | None = None,
    strip_output: bool = False,
    batch: int | None = None,
    steps: int | None = None,
) -> Network:
    """Read a network from a file; the suffix tells the format, or the content where there is no known one.

    float16, bfloat16 and float32 weights are widened to float64 without a change of value. Nothing that a file holds
    is executed. What is to be said of the reading is in `Network.notes`.

    Parameters
    ----------
    path : str or path-like
        ``.npz``: arrays ``W0, b0, W1, b1, ..`` (see `exactregions.importers.npz`), ReLU unless slopes are among them.
        ``.safetensors``: ``0.weight``-style names (see `exactregions.importers.safetensors`).
        ``.pt``, ``.pth``, ``.ckpt``, ``.bin``, ..: the state dict of a multilayer perceptron, alone or in a checkpoint.
        ``.onnx``, ``.onnx.gz``: a graph of operators (see `exactregions.importers.onnx`).
        ``.nnet``: the text format of the ACAS networks (see `exactregions.importers.nnet`).
    activation : str, float or sequence of them, optional
        Of a state dict or safetensors file, which holds tensors and no architecture: "relu", "leaky_relu(0.1)",
        "abs", "identity", or the slope below zero; one for all hidden layers, or one each.
    prefix : str, optional
        Of the same: which part of the names, where there are several networks; "" takes all as one.
    output : str, optional
        Of an ONNX model: the name of the output, or of any other value, needed where there are several outputs.
    strip_output : bool
        Whether a softmax, log-softmax, sigmoid or argmax at the end of an ONNX model is cut off. Without it, such a
        model is refused.
    batch : {1}, optional
        Of an ONNX model with a fixed first dimension above 1: with 1 it is a batch, and the network that of one row.
    steps : int, optional
        Of an ONNX model that reads a sequence whose length is left open: the number of steps.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    FileFormatError
        If the format is unknown, the file is truncated, foreign, or does not hold a network, or an option is missing
        or means nothing for the format.
    UnsupportedLayerError
        If the network has layers without a translation; all are named.
    NetworkError
        If shapes do not chain or a value is not finite.
    ExactRegionsError
        If the format needs a package that is not installed; the message names the command.
    """
    if not isinstance(path, str | os.PathLike):
        raise NetworkError(
            f"{short(path)} is no path of a file; read a torch module with Network.from_torch(module), one of "
            "scikit-learn with Network.from_sklearn(estimator), arrays with Network.from_layers(weights, biases)"
        )
    source = Path(path)
    kind = _format(source)
    if source.is_dir():
        raise FileFormatError(f"{source} is a directory; give a file")
    given = {"output": output, "strip_output": strip_output or None, "batch": batch, "steps": steps}
    chosen = _options(source, kind, activation=activation, prefix=prefix, **given)
    try:
        return _reader(kind)(source, **chosen)
    except UnsupportedLayerError as error:
        raise UnsupportedLayerError(f"{source}: {error}", error.obstacles) from None
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


def _format(path: Path) -> str:
    """Return the format of a file: by its suffix, or by how it begins."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    suffix = "".join(suffixes) if suffixes[-1:] in ([".gz"], [".tar"]) else "".join(suffixes[-1:])
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    if path.is_file():
        from exactregions.importers.checkpoints import is_checkpoint

        if is_checkpoint(path):
            return "checkpoint"
        refuse_foreign(path.open("rb").read(512))
    known = ", ".join(suffix for suffix in SUFFIXES if suffix.count(".") == 1)
    raise FileFormatError(f"{path} has the suffix {short(path.suffix)}; give one of {known}")


def _options(path: Path, kind: str, **given: Any) -> dict[str, Any]:
    """Return the options that are given, refusing those of another format."""
    chosen = {name: value for name, value in given.items() if value is not None}
    foreign = [name for name in chosen if name not in OPTIONS.get(kind, ())]
    if foreign:
        raise FileFormatError(f"{path}: {foreign[0]}= means nothing for such a file ({kind}); leave it out")
    return chosen


def _reader(kind: str) -> Callable[..., Network]:
    # the formats are imported when asked for, so that importing the package stays quick
    match kind:
        case "npz":
            from exactregions.importers import npz as chosen
        case "safetensors":
            from exactregions.importers import safetensors as chosen
        case "checkpoint":
            from exactregions.importers import checkpoints as chosen
        case "nnet":
            from exactregions.importers import nnet as chosen
        case _:
            from exactregions.importers import onnx as chosen
    return chosen.read


def _writer(path: Path) -> Callable[[Network], bytes]:
    match path.suffix.lower():
        case ".npz":
            from exactregions.importers import npz as chosen
        case ".safetensors":
            from exactregions.importers import safetensors as chosen
        case other:
            raise FileFormatError(f"{path} has the suffix {short(other)}; write to .npz or .safetensors")
    return chosen.dump
