"""Torch modules, by way of `torch.export`: the graph of aten operators, and what each of them means."""

from exactregions.importers.torch.reading import from_module

__all__ = ["from_module"]
