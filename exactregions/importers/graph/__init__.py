"""A small graph of operations between the importers and the stages of a network.

Every value of a source is an array of references to scalars: reshaping, slicing, concatenating and padding move
references and compute nothing. What is computed is an affine map with sparse rows, whose entries are the weights
themselves, or a unit with two slopes. `lowering` makes stages of them.
"""
