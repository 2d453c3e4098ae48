"""Facets of regions: halfspaces, rays, and the programs and proofs that decide what lies behind."""
