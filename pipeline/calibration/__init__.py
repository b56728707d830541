"""Bounds fitted per language: from trusted text and web text to a chain of filters, with the numbers that made it."""
