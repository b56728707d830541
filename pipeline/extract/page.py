"""A page as every extractor sees it: decoded, formulas as TeX, scripts and ruby as text, code in fences, without marks.

It is parsed once: its outline has what every reader of it looks for.
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipeline.extract.attributes import Hashes
from pipeline.extract.code import code_in_fences
from pipeline.extract.formulas import formulas_as_tex
from pipeline.extract.furniture import traces, without_marks
from pipeline.extract.markup import Outline, outline
from pipeline.extract.raised import scripts_as_text
from pipeline.extract.style_sheets import hiding
from pipeline.scripts import Readings


class Page:
    """Markup that passed the limits, as text and as bytes of UTF-8."""

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
    def hiding(self) -> Hashes:
        """The selectors that the page's style sheets hide."""
        return hiding(self.html)

    @cached_property
    def outline(self) -> Outline:
        """The elements, runs of text and blocks of the page."""
        return outline(self.markup, self.hiding)


def _bytes_of(html: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(html.encode("utf-8", "replace"), np.uint8)
