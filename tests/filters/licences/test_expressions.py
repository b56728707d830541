"""Expressions of several symbols as they are spelt again; `test_verdicts` has their classes."""

import pytest

from filters.licences.expressions import compound
from filters.licences.verdicts import symbol


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("mit or  cc0-1.0", "MIT OR CC0-1.0"),
        ("mit and (cc0-1.0 or zlib)", "MIT AND (CC0-1.0 OR Zlib)"),
        ("(MIT AND CC0-1.0) OR Zlib", "MIT AND CC0-1.0 OR Zlib"),
        ("GPL-2.0-only with Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("MIT OR OR MIT", None),
        ("MIT WITH (MIT OR Zlib)", None),
    ],
)
def test_an_expression_is_spelt_with_the_brackets_that_it_needs(written: str, spelt: str | None) -> None:
    read = compound(written, symbol)
    assert (read.spelt if read else None) == spelt
