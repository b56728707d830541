"""A store that does not answer is told of in one sentence, soon."""

import socket
import time

import pytest

from shards import answering, stores
from shards.answering import NoAnswerError, answered, ask_at_once
from shards.errors import StoreError
from tests.object_store import serving


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1/a", "s3://unreachable/a"])
def test_a_store_that_cannot_be_reached_is_named_with_the_reason(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(NoAnswerError, match="cannot be reached: ") as caught:
        answered(uri)
    assert "\n" not in str(caught.value)


def test_a_store_that_takes_the_question_and_gives_no_answer_is_waited_for_briefly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answering, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        started = time.monotonic()
        with pytest.raises(NoAnswerError, match=r"does not answer within 0\.3 seconds"):
            answered("s3://silent/a")
        assert time.monotonic() - started < 5


def test_stores_are_asked_side_by_side_and_one_that_gave_no_answer_is_not_waited_for_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answering, "PATIENCE", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        buckets = [f"s3://mute-{number}/a" for number in range(8)]
        started = time.monotonic()
        ask_at_once(buckets)
        for bucket in buckets * 2:
            with pytest.raises(NoAnswerError, match="does not answer") as caught:
                answered(bucket)
            assert caught.value.again
        assert time.monotonic() - started < 4


def test_a_store_that_gave_no_answer_is_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(NoAnswerError):
        answered("s3://bucket/late")
    with serving(monkeypatch):
        ask_at_once(["s3://bucket/late"])
        answered("s3://bucket/late")


def test_a_store_that_answers_at_the_second_or_third_time_is_of_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """The campaign of kills found it: of a bucket that fails a tenth of what it is asked, one answer broke off."""
    failures = [ConnectionResetError("reset"), StoreError("broke off", again=True)]
    asked: list[str] = []

    def reach(uri: str) -> None:
        if uri == "s3://shaky":  # threads of other tests may still ask
            asked.append(uri)
            if failures:
                raise failures.pop()

    monkeypatch.setattr(stores, "reach", reach)
    answered("s3://shaky/a")
    assert asked == ["s3://shaky"] * 3


def test_a_refusal_is_no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(uri: str) -> None:
        raise StoreError(uri)

    monkeypatch.setattr(stores, "reach", refused)
    with pytest.raises(NoAnswerError, match="s3://closed cannot be reached") as caught:
        answered("s3://closed/a")
    assert not caught.value.again


def test_a_local_file_is_not_asked_for() -> None:
    answered("/none/of/this")
    answered("relative.jsonl")
