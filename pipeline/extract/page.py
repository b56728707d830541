"""A page as every extractor sees it: decoded, formulas as TeX, scripts and ruby as text, code in fences, without marks.

A tree is parsed once and only if asked for.
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser

from pipeline.extract.code import code_in_fences
from pipeline.extract.formulas import formulas_as_tex, may_hold_formulas
from pipeline.extract.furniture import traces, without_marks
from pipeline.extract.raised import scripts_as_text
from pipeline.scripts import Readings


class Page:
    """Markup that passed the limits, as text and as bytes of UTF-8. `tree` is for reading: nobody changes it."""

    def __init__(self, html: str, url: str | None = None, readings: Readings = "drop") -> None:
        self.url = url
        self.html, self.markup = html, _bytes_of(html)
        scripts, places = traces(self.markup)
        if len(places):
            self._rewrite(without_marks(self.html, places))
        self._rewrite(code_in_fences(self.html))
        if may_hold_formulas(self.markup):
            self._rewrite(formulas_as_tex(self.html))
        if scripts:
            self._rewrite(scripts_as_text(self.html, readings))

    def _rewrite(self, html: str) -> None:
        if html is not self.html:
            self.html, self.markup = html, _bytes_of(html)

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The tree, by lexbor, which follows the HTML standard on any input."""
        return LexborHTMLParser(self.html)


def _bytes_of(html: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(html.encode("utf-8", "replace"), np.uint8)
