"""Settings that could do harm are refused with a word about why."""

import pytest
from pydantic import BaseModel, ValidationError

from pipeline.crawl.settings import Crawl, Limits, Politeness, Seed, TestNetwork, Traps


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"contact": ""}, "neither an e-mail address"),
        ({"contact": "me"}, "neither an e-mail address"),
        ({"contact": "evil@example.org)\r\nX: y"}, "neither an e-mail address"),
        ({"agent": "Mozilla/5.0"}, "pattern"),
        ({"seeds": ["ftp://a.test/"]}, "not an http or https URL"),
        ({"seeds": []}, "at least 1"),
        ({"seeds": [{"url": "http://a.test/", "exclude": ["("]}]}, "not a regular expression"),
        ({"seeds": [{"url": "http://a.test/", "prefix": "/x"}]}, "needs reach: prefix"),
        ({"politeness": {"delay": 0}}, "outside of a test network"),
        ({"politeness": {"robots_seconds": 100_000}}, "86400"),
        ({"limits": {"robots_bytes": 1_000}}, "512000"),
        ({"sedes": []}, "Extra inputs"),
    ],
)
def test_settings_that_could_do_harm_are_refused(change: dict[str, object], word: str) -> None:
    good = {"contact": "https://example.org/bot", "seeds": ["http://a.test/"]}
    assert Crawl.model_validate(good).user_agent == "YuliaoBot/0.1 (+https://example.org/bot)"
    with pytest.raises(ValidationError, match=word):
        Crawl.model_validate(good | change)


@pytest.mark.parametrize("model", [Crawl, Seed, Politeness, Limits, Traps, TestNetwork])
def test_every_setting_is_explained_in_the_schema(model: type[BaseModel]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.description] == []
