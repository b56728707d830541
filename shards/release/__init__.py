"""A release: its manifest, card, attributions, tables of duplicates, and their validation."""
