"""Signatures with the names of types as the sources have them, where autodoc writes them out."""

import re
from typing import Any

ALIAS = re.compile(r"TypeAliasForwardRef\('(\w+)'\)")
ARRAY = re.compile(r"ndarray\[tuple\[Any, \.\.\.\], dtype\[(\w+)\]\]")


def setup(sphinx: Any) -> dict[str, bool]:
    """Shorten every signature."""
    sphinx.connect("autodoc-process-signature", _shortened)
    return {"parallel_read_safe": True}


def _shortened(*event: Any) -> tuple[str | None, str | None]:
    arguments, returned = event[-2:]
    return _short(arguments), _short(returned)


def _short(text: str | None) -> str | None:
    return text and ARRAY.sub(r"NDArray[\1]", ALIAS.sub(r"\1", text))
