"""Fits what the pipeline ships: block model, language ensemble."""
