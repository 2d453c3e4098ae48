"""The compiled inner loops of the tree engine: floats that propose, and proofs that decide."""
