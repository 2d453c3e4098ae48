"""A page for a browser on which the regions of the plane are explored: one file, which needs no network."""
