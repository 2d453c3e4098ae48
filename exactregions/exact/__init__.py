"""Exact arithmetic: affine forms, linear programs and nearest points over the rationals."""
