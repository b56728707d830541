"""A model is found wherever it is said to be, and is the one that was pinned."""

from pathlib import Path

import pytest

from filters.models.located import located


@pytest.mark.parametrize(
    ("model", "revision"),
    [("hf://owner/repository/sub/model.ftz", None), ("hf://owner/repository/sub/model.ftz@abc123", "abc123")],
)
def test_a_model_of_the_hub_is_fetched_at_its_revision(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: str, revision: str | None
) -> None:
    asked = []

    def download(repository: str, file: str, *, revision: str | None) -> str:
        asked.append((repository, file, revision))
        return str(tmp_path / "model.ftz")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    located.cache_clear()
    assert located(model) == tmp_path / "model.ftz"
    assert asked == [("owner/repository", "sub/model.ftz", revision)]
    located.cache_clear()
