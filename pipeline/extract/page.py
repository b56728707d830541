"""A page as every extractor sees it: markup decoded once, and its tree, parsed once and only if asked for."""

from functools import cached_property

from selectolax.lexbor import LexborHTMLParser


class Page:
    """Markup that passed the limits. `tree` is for reading: nobody changes it."""

    def __init__(self, html: str, url: str | None = None) -> None:
        self.html = html
        self.url = url

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The tree, by lexbor, which follows the HTML standard on any input."""
        return LexborHTMLParser(self.html)
