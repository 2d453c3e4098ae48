"""Numerical solvers behind one small contract: what they return is a proposal, to be proved elsewhere."""
