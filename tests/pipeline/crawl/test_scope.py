"""Which seed a link belongs to."""

import pytest

from pipeline.crawl.scope import Scope
from pipeline.crawl.settings import Seed


@pytest.mark.parametrize(
    ("seed", "url", "reached"),
    [
        ({"reach": "page"}, "http://www.a.test/x/y", True),
        ({"reach": "page"}, "http://www.a.test/x/z", False),
        ({"reach": "prefix"}, "http://www.a.test/x/z", True),
        ({"reach": "prefix"}, "http://www.a.test/z", False),
        ({"reach": "prefix", "prefix": "/z"}, "http://www.a.test/zoo", True),
        ({"reach": "host"}, "https://www.a.test/anywhere", True),
        ({"reach": "host"}, "http://a.test/", False),
        ({"reach": "host", "hosts": ["b.test"]}, "http://b.test/", True),
        ({"reach": "domain"}, "http://other.a.test/", True),
        ({"reach": "domain"}, "http://a.test.evil.test/", False),
        ({"reach": "domain", "exclude": [r"\?print="]}, "http://a.test/p?print=1", False),
    ],
)
def test_a_seed_reaches_what_its_rules_admit(seed: dict[str, object], url: str, reached: bool) -> None:
    scope = Scope([Seed.model_validate({"url": "http://www.a.test/x/y", **seed})])
    assert bool(scope.seeds_of(url)) is reached


def test_a_host_is_worth_looking_at_for_seeds_that_may_have_more_than_a_page_there() -> None:
    seeds = [
        Seed(url="http://a.test/doc/", reach="prefix"),
        Seed(url="http://a.test/", reach="page"),
        Seed(url="http://a.test/", reach="domain"),
        Seed(url="http://b.test/", hosts=("www.a.test",)),
    ]
    scope = Scope(seeds)
    assert scope.seeds_at("a.test") == [0, 2]
    assert scope.seeds_at("www.a.test") == [2, 3]
    assert scope.seeds_at("c.test") == []


def test_sites_under_a_shared_suffix_are_strangers() -> None:
    scope = Scope([Seed(url="http://one.github.io/", reach="domain")])
    assert scope.seeds_of("http://two.github.io/") == []


def test_a_link_stays_with_its_page_s_seed_while_that_may_reach_it() -> None:
    scope = Scope(
        [Seed(url="http://a.test/", depth=2), Seed(url="http://b.test/"), Seed(url="http://a.test/", reach="domain")]
    )
    assert scope.assign("http://a.test/x", 0, 2) == (0, 2)
    assert scope.assign("http://a.test/x", 0, 3) == (2, 1)  # too deep for the first, near for the third
    assert scope.assign("http://b.test/x", 0, 1) == (1, 1)
    assert scope.assign("http://c.test/", 0, 1) is None
