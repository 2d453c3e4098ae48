"""Domains that fix some inputs: the same question in the inputs that are left free, and the answer carried back."""

from exactregions.fixed_inputs.question import FreeInputs, free_inputs, in_free_inputs

__all__ = ["FreeInputs", "free_inputs", "in_free_inputs"]
