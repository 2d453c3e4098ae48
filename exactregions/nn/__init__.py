"""Modules and optimisers for torch: what is trained so that exact statements hold of it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from exactregions.nn.cone import ConeConstraint
    from exactregions.nn.path_sgd import PathSGD, path_scale

__all__ = ["ConeConstraint", "PathSGD", "path_scale"]

# the modules load torch: each only when one of its names is asked for
_MODULES = {"cone": ("ConeConstraint",), "path_sgd": ("PathSGD", "path_scale")}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            from exactregions.importers.torch.loading import torch_module

            torch_module()
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
