"""A page as every extractor sees it: decoded markup, formulas as TeX; a tree, parsed once and only if asked for."""

from functools import cached_property

from selectolax.lexbor import LexborHTMLParser

from pipeline.extract.formulas import formulas_as_tex


class Page:
    """Markup that passed the limits. `tree` is for reading: nobody changes it."""

    def __init__(self, html: str, url: str | None = None) -> None:
        self.html = formulas_as_tex(html)
        self.url = url

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The tree, by lexbor, which follows the HTML standard on any input."""
        return LexborHTMLParser(self.html)
