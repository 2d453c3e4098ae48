"""Networks and domains with known counts: the ground that auditing, conformance tests and the suite share."""
