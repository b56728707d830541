"""An index opens as a datasketch LSH: what is near this page?"""

import pyarrow as pa
import pytest

from dedup.lookup import as_datasketch, as_minhash
from dedup.minhash import MinHashSettings, signatures
from tests.dedup.test_index import PAGE, TEXTS, rows


@pytest.mark.parametrize("bits", [32, 64])
def test_an_index_opens_as_a_datasketch_lsh(bits: int) -> None:
    specification = MinHashSettings.model_validate({"bits": bits})
    lsh = as_datasketch(rows(TEXTS, specification), specification)
    query = as_minhash(signatures(pa.array([PAGE + "!"]), specification)[0], specification)
    assert set(lsh.query(query)) == {"a", "c"}
    assert (lsh.b, lsh.r) == (14, 8)
