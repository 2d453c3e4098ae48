"""Torch itself, imported when it is needed."""

from __future__ import annotations

from typing import Any

from exactregions.errors import ExactRegionsError


def torch_module() -> Any:
    """Return torch.

    Raises
    ------
    ExactRegionsError
        If it is not installed.
    """
    try:
        import torch
    except ImportError:
        raise ExactRegionsError('this needs torch; install it: pip install "exactregions[torch]"') from None
    return torch
