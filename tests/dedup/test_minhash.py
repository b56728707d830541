"""Signatures: frozen, equal to datasketch's to the bit, honest about similarity, and different for different texts."""

import itertools
import random

import datasketch
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.folding import Folding
from dedup.minhash import (
    MinHashSettings,
    band_keys,
    collision_probability,
    empty,
    hash_function,
    optimal_bands,
    signatures,
)
from dedup.shingles import shingle_hash, shingle_sets, shingle_strings

SETTINGS = MinHashSettings()
GOLDEN_SHINGLE = 17120904942910741640
GOLDEN_SIGNATURE = [
    [212886964, 191320883],
    [137582729, 2153615],
    [97810154, 139888088],
    [145599684, 105078217],
    [138471774, 135670900],
    [931680988, 2262356470],
    [1095579308, 27610886],
    [3178289519, 382950453],
    [2042570973, 1201122587],
]
GOLDEN_KEYS = ["0xdf6bf53dace4fda3", "0x497087d17309d451"]
GOLDEN_WIDE = ["0x79cea521e2003b7", "0x11235e3bd8f010b0"]
TEXTS = pa.array(
    [
        "The quick brown fox jumps over the lazy dog, and the dog does not mind at all.",
        "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心。",
        "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
        "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
        "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
        "two words",
        "你好",
        "C++",
        "🎉",
        "",
        None,
    ]
)


def test_minhash_v1_is_frozen() -> None:
    """Golden vectors: when this fails, either the change is wrong or the spec needs a new name."""
    assert SETTINGS.spec.startswith("minhash-v1-14x8-5gram-32bit-mix-")
    assert shingle_hash(b"the quick brown fox jumps") == GOLDEN_SHINGLE
    signature = signatures(TEXTS, SETTINGS)
    assert signature[:9, :2].tolist() == GOLDEN_SIGNATURE
    assert [hex(key) for key in band_keys(signature, 14, 8)[:2, 13].tolist()] == GOLDEN_KEYS
    wide = signatures(TEXTS, MinHashSettings(bits=64))
    assert [hex(value) for value in wide[:2, 111].tolist()] == GOLDEN_WIDE


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("function", ["mix", "sha1"])
@pytest.mark.parametrize(("bands", "rows"), [(14, 8), (9, 13), (1, 1)])
def test_signatures_equal_datasketch_to_the_bit(bits: int, function: str, bands: int, rows: int) -> None:
    settings = MinHashSettings.model_validate({"bands": bands, "rows": rows, "bits": bits, "hash": function})
    shingles = shingle_strings(TEXTS, settings.ngram, settings.fold)
    for signature, strings in zip(signatures(TEXTS, settings), shingles, strict=True):
        own = None if function == "sha1" else hash_function(settings)
        reference = datasketch.MinHash(settings.permutations, hashfunc=own, scheme=f"affine{bits}")
        reference.update_batch(strings)
        assert signature.tolist() == reference.hashvalues.tolist()


def test_signatures_equal_those_of_a_datasketch_made_with_all_defaults() -> None:
    settings = MinHashSettings(bands=16, rows=8, hash="sha1")
    reference = datasketch.MinHash(num_perm=128)
    for word in ("a b c d e", "b c d e f"):
        reference.update(word.encode())
    assert signatures(pa.array(["A b c, d e F"]), settings)[0].tolist() == reference.hashvalues.tolist()


@given(st.lists(st.text(), max_size=6), st.integers(0, 6))
def test_a_signature_does_not_depend_on_its_neighbours(texts: list[str], at: int) -> None:
    together = signatures(pa.array(texts, pa.string()), SETTINGS)
    alone = [signatures(pa.array([text]), SETTINGS)[0].tolist() for text in texts]
    assert together.tolist() == alone
    assert signatures(pa.array(texts, pa.string()).slice(at), SETTINGS).tolist() == alone[at:]


@given(st.lists(st.text(max_size=12), min_size=2, max_size=2))
def test_short_texts_collapse_only_if_their_folded_forms_are_equal(texts: list[str]) -> None:
    array = pa.array(texts)
    sets = shingle_strings(array, 5, Folding())
    one, other = signatures(array, SETTINGS)
    assert (one.tolist() == other.tolist()) == (set(sets[0]) == set(sets[1]))


def test_distinct_short_texts_have_distinct_signatures() -> None:
    texts = [
        "a",
        "b",
        "a b",
        "b a",
        "ab",
        "a b c d",
        "你",
        "好",
        "你好",
        "好你",
        "ก",
        "กา",
        "C++",
        "C#",
        "C",
        "!",
        "?",
        "🎉",
    ]
    found = {row.tobytes() for row in signatures(pa.array(texts), SETTINGS)}
    assert len(found) == len(texts)


def test_texts_in_which_nothing_is_visible_are_empty() -> None:
    found = signatures(pa.array(["", None, " \n", "\u200b", "x", "."]), SETTINGS)
    assert empty(found).tolist() == [True, True, True, True, False, False]


def test_rolling_hashes_are_those_of_the_shingles() -> None:
    settings = MinHashSettings(ngram=3)
    sets = shingle_sets(TEXTS, 3, settings.fold)
    for row, strings in enumerate(shingle_strings(TEXTS, 3, settings.fold)):
        hashes = sets.hashes[sets.offsets[row] : sets.offsets[row + 1]]
        assert hashes.tolist() == sorted({shingle_hash(string) for string in strings})


@pytest.mark.parametrize("bits", [32, 64])
def test_the_estimate_is_unbiased_with_the_binomial_error(bits: int) -> None:
    settings = MinHashSettings.model_validate({"bits": bits, "ngram": 1})
    choose = random.Random(1)
    errors = []
    for _ in range(200):
        shared = choose.randrange(100, 900)
        words = [f"w{choose.getrandbits(60)}" for _ in range(1000 + 1000 - shared)]
        one, other = signatures(pa.array([" ".join(words[:1000]), " ".join(words[1000 - shared :])]), settings)
        errors.append((one == other).mean() - shared / (2000 - shared))
    assert abs(np.mean(errors)) < 4 * 0.045 / 200**0.5
    assert np.std(errors) < 0.05


def test_bands_collide_as_theory_says() -> None:
    random_state = np.random.default_rng(7)
    for similarity in (0.6, 0.75, 0.85):
        one = random_state.integers(0, 1 << 32, (4000, 112), dtype=np.uint32)
        other = np.where(random_state.random(one.shape) < similarity, one, one ^ np.uint32(1))
        met = (band_keys(one, 14, 8) == band_keys(other, 14, 8)).any(axis=1).mean()
        assert met == pytest.approx(collision_probability(similarity, 14, 8), abs=0.03)


def test_keys_of_different_bands_differ() -> None:
    same = np.full((1, 112), 5, np.uint32)
    assert len(set(band_keys(same, 14, 8)[0].tolist())) == 14


def test_too_few_permutations_for_the_bands_are_an_error() -> None:
    with pytest.raises(ValueError, match="need 120 permutations, not 112"):
        band_keys(np.zeros((1, 112), np.uint32), 15, 8)


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9])
def test_optimal_bands_are_those_of_datasketch(threshold: float) -> None:
    reference = datasketch.MinHashLSH(threshold=threshold, num_perm=128)
    assert optimal_bands(threshold, 128) == (reference.b, reference.r)


def test_a_spec_names_everything_that_changes_a_signature() -> None:
    variants = [
        SETTINGS,
        MinHashSettings(bands=13),
        MinHashSettings(rows=7),
        MinHashSettings(ngram=4),
        MinHashSettings(bits=64),
        MinHashSettings(hash="sha1"),
        MinHashSettings(fold=Folding(numbers=True)),
        MinHashSettings(fold=Folding(chinese=False)),
    ]
    assert all(a.spec != b.spec for a, b in itertools.combinations(variants, 2))
    assert MinHashSettings(threshold=0.7, exact=True).spec == SETTINGS.spec
