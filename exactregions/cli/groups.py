"""Options that commands have in common: groups, which are dataclasses with options as fields, and --quiet."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from typing import Annotated, Any

import typer

from exactregions.cli.output import silent
from exactregions.cli.parsing import in_our_words

Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        rich_help_panel="Output",
        help="Print nothing but errors and what --json prints; the exit code tells the rest.",
    ),
]


def grouped(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --quiet, and the options of its groups in the place of the parameters whose types are groups."""
    quiet = inspect.Parameter("quiet", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Quiet)
    options = [*_options(command), quiet]

    @functools.wraps(command)
    def wrapper(*, quiet: bool = False, **given: Any) -> Any:
        with silent(quiet):
            return _called(command, given)

    wrapper.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {option.name: option.annotation for option in options}
    return wrapper


def add_command(app: typer.Typer, command: Callable[..., Any], name: str | None = None) -> None:
    """Put a command into an application, which lists it with the first sentence of its docstring, whole."""
    app.command(name, short_help=first_sentence(command))(command)


def first_sentence(command: Callable[..., Any]) -> str:
    """Return the first sentence of a docstring."""
    paragraph = (inspect.getdoc(command) or "").split("\n\n")[0]
    return f"{' '.join(paragraph.split()).split('. ')[0].rstrip('.')}."


def _is_group(kind: Any) -> bool:
    return is_dataclass(kind)


def _parameters(function: Callable[..., Any]) -> Iterator[inspect.Parameter]:
    yield from inspect.signature(function, eval_str=True).parameters.values()


def _options(function: Callable[..., Any]) -> Iterator[inspect.Parameter]:
    for parameter in _parameters(function):
        if _is_group(parameter.annotation):
            yield from _options(parameter.annotation)
        else:
            yield in_our_words(parameter).replace(kind=inspect.Parameter.KEYWORD_ONLY)


def _called(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    """Call a command, or make a group, with the options that belong to it."""
    kinds = {parameter.name: parameter.annotation for parameter in _parameters(function)}
    own = {name: _called(kind, given) if _is_group(kind) else given[name] for name, kind in kinds.items()}
    return function(**own)
