"""Text, tables and files: what knows nothing of regions."""
