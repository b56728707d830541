"""What outlives a run says which version of it this is, and another is refused."""

import pytest
from pydantic import ValidationError

from dedup.minhash import MinHashSettings
from pipeline.stages.dedup.earlier import Index, IndexFile
from shards import formats


def test_an_index_is_of_the_format_in_the_table_and_another_is_refused() -> None:
    file = IndexFile(path="x", rows=0, bytes=0, sha256="")
    index = Index(
        minhash=None, spec="", identity="", against=(), documents=(), records=(), components=file, changes=file
    )
    written = index.model_dump(mode="json")
    assert written["format"] == formats.INDEX
    assert Index.model_validate(written) == index
    for other in (formats.INDEX - 1, formats.INDEX + 1):
        with pytest.raises(ValidationError, match="format"):
            Index.model_validate(written | {"format": other})


def test_signatures_name_their_version_first() -> None:
    assert MinHashSettings().spec.startswith(f"minhash-v{formats.SIGNATURES}-")
