"""A page as every extractor sees it: decoded, formulas as TeX, scripts and ruby as text, code in fences, without marks.

A tree is parsed once and only if asked for.
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser

from pipeline.extract.code import code_in_fences
from pipeline.extract.formulas import formulas_as_tex
from pipeline.extract.furniture import traces, without_marks
from pipeline.extract.raised import scripts_as_text
from pipeline.scripts import Readings


class Page:
    """Markup that passed the limits, as text and as bytes of UTF-8. `tree` is for reading: nobody changes it."""

    def __init__(
        self, html: str, url: str | None = None, readings: Readings = "drop", markup: bytes | None = None
    ) -> None:
        self.url = url
        self.html = html
        self.markup = _bytes_of(html) if markup is None else np.frombuffer(markup, np.uint8)
        found = traces(self.markup)
        if len(found.places):
            self.html = without_marks(self.html, self.markup, found.places)
        if found.code:
            self.html = code_in_fences(self.html)
        if found.formulas:
            self.html = formulas_as_tex(self.html)
        if found.scripts:
            self.html = scripts_as_text(self.html, readings)
        if self.html is not html:
            self.markup = _bytes_of(self.html)

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The tree, by lexbor, which follows the HTML standard on any input."""
        return LexborHTMLParser(self.html)


def _bytes_of(html: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(html.encode("utf-8", "replace"), np.uint8)
