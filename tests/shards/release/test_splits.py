"""The held-out split: its share, and that it depends on nothing but the cluster."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shards.release.splits import HELD_OUT, TRAIN, VALIDATION, split_of, splits_of
from shards.schema import document_id


def test_the_share_that_is_held_out_is_the_stated_one() -> None:
    names = [document_id("notes", str(number)) for number in range(200_000)]
    share = sum(split_of(name) == VALIDATION for name in names) / len(names)
    assert share == pytest.approx(HELD_OUT, abs=0.0006)  # 3.8 standard deviations


def test_clusters_named_by_the_smallest_of_many_ids_are_held_out_no_more_often() -> None:
    smallest = [min(document_id("notes", f"{cluster}.{n}") for n in range(20)) for cluster in range(20_000)]
    share = sum(split_of(name) == VALIDATION for name in smallest) / len(smallest)
    assert share == pytest.approx(HELD_OUT, abs=0.002)


def test_published_documents_do_not_change_sides() -> None:
    """A change here changes sides in every corpus: see HELD_OUT."""
    held = [number for number in range(2000) if split_of(document_id("notes", str(number))) == VALIDATION]
    assert held == [24, 182, 226, 298, 309, 364, 501, 609, 655, 1047, 1134, 1180, 1243, 1321, 1545, 1884, 1937]


@given(st.lists(st.tuples(st.text(min_size=1), st.one_of(st.none(), st.text(min_size=1)))))
def test_copies_are_on_the_side_of_their_cluster_and_others_on_their_own(
    documents: list[tuple[str, str | None]],
) -> None:
    ids, clusters = [identity for identity, _ in documents], [cluster for _, cluster in documents]
    assert splits_of(ids, clusters) == [split_of(cluster or identity) for identity, cluster in documents]
    assert set(splits_of(ids, clusters)) <= {TRAIN, VALIDATION}
