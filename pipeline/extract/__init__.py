"""Pages to documents: encoding, main text, metadata, and the normal form of the text."""

from pipeline.extract.extract import Extract
from pipeline.extract.normalise import Normalize

__all__ = ["Extract", "Normalize"]
