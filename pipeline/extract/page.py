"""A page as every extractor sees it: decoded markup, formulas as TeX; a tree, parsed once and only if asked for."""

from functools import cached_property

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from pipeline.extract.formulas import formulas_as_tex, may_hold_formulas


class Page:
    """Markup that passed the limits, as text and as bytes of UTF-8. `tree` is for reading: nobody changes it."""

    def __init__(self, html: str, url: str | None = None) -> None:
        self.markup = np.frombuffer(html.encode("utf-8", "replace"), np.uint8)
        self.html = html
        self.url = url
        if may_hold_formulas(self.markup):
            self.html = formulas_as_tex(html)
            self.markup = np.frombuffer(self.html.encode("utf-8", "replace"), np.uint8)

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The tree, by lexbor, which follows the HTML standard on any input."""
        return LexborHTMLParser(self.html)
