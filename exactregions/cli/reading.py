"""Options that say how a network is read from its file, shared by all commands that take one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any

import typer

from exactregions.errors import FileFormatError
from exactregions.importers import load
from exactregions.network import Network

__all__ = ["checked", "load_network", "reads_network"]

PANEL = "Reading the network"
OPTIONS: dict[str, tuple[Any, Any]] = {
    "activation": (
        Annotated[
            str | None,
            typer.Option(
                "--activation",
                metavar="NAME",
                help="Of a state dict: relu, leaky_relu(0.1), abs or identity; or one a hidden layer, with commas.",
                rich_help_panel=PANEL,
            ),
        ],
        None,
    ),
    "prefix": (
        Annotated[
            str | None,
            typer.Option(
                "--prefix", metavar="NAME", help="Of a state dict: which of several networks.", rich_help_panel=PANEL
            ),
        ],
        None,
    ),
    "output_name": (
        Annotated[
            str | None,
            typer.Option(
                "--output-name", metavar="NAME", help="Of an ONNX model: which output.", rich_help_panel=PANEL
            ),
        ],
        None,
    ),
    "strip_output": (
        Annotated[
            bool,
            typer.Option(
                "--strip-output", help="Cut off a softmax, sigmoid or argmax at the end.", rich_help_panel=PANEL
            ),
        ],
        False,
    ),
    "one_row": (
        Annotated[
            bool,
            typer.Option("--one-row", help="Of an ONNX model: its first dimension is a batch.", rich_help_panel=PANEL),
        ],
        False,
    ),
}
_asked: ContextVar[dict[str, Any]] = ContextVar("reading", default={})  # noqa: B039 (it is never changed)


def reads_network(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of reading; within it `load_network` heeds them."""
    signature = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def wrapper(**arguments: Any) -> Any:
        token = _asked.set({name: arguments.pop(name, default) for name, (_, default) in OPTIONS.items()})
        try:
            return command(**arguments)
        finally:
            _asked.reset(token)

    extra = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in OPTIONS.items()
    ]
    own = list(signature.parameters.values())
    wrapper.__signature__ = signature.replace(parameters=[*own, *extra])  # type: ignore[attr-defined]
    wrapper.__annotations__ = {parameter.name: parameter.annotation for parameter in (*own, *extra)}
    return wrapper


def _asked_of_file() -> dict[str, Any]:
    """Return the keywords of `exactregions.load` that were asked for."""
    asked = _asked.get()
    names = asked.get("activation")
    # commas within parentheses would be of one name; there are none
    activation = names if names is None or "," not in names else [part.strip() for part in names.split(",")]
    return {
        "activation": activation,
        "prefix": asked.get("prefix"),
        "output": asked.get("output_name"),
        "strip_output": asked.get("strip_output", False),
        "batch": 1 if asked.get("one_row") else None,
    }


def load_network(path: Path) -> Network:
    """Read a network as the options of the command say."""
    return load(path, **_asked_of_file())


def checked(network: Network, path: Path) -> Network:
    """Return the network with a note of how closely it agrees with the file's own evaluation."""
    from exactregions.importers.checking import checked_file

    asked = _asked_of_file()
    if asked["strip_output"]:
        raise FileFormatError("--check compares whole outputs; name the value before the end by --output-name instead")
    return checked_file(network, path, output=asked["output"], batch=asked["batch"])
