"""Lists of function words: each is a token of the texts that it is sought in."""

import pytest

from filters.text.stop_words import token_hashes


def test_a_word_that_could_never_be_found_is_an_error() -> None:
    assert len(token_hashes(("and", "的", "และ"))) == 3
    with pytest.raises(ValueError, match=r"not one token each: \['as well'\]"):
        token_hashes(("and", "as well"))
