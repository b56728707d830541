"""The Hugging Face dataset card of a release: `load_dataset(path, "zho_Hans")` works because of it."""

import json

from shards.release.manifest import Manifest, Shard

HUB_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
HUB_LICENSES = {"CC0-1.0": "cc0-1.0", "CC-BY-4.0": "cc-by-4.0", "CC-BY-SA-4.0": "cc-by-sa-4.0"}


def render(manifest: Manifest, description: str) -> str:
    """Return the card: YAML that names a config per language, then prose and tables."""
    languages = manifest.by_language()
    return "\n".join(
        [
            "---",
            f"pretty_name: {json.dumps(manifest.title, ensure_ascii=False)}",
            *_license(manifest),
            f"size_categories: [{_size(manifest.rows)}]",
            "task_categories: [text-generation]",
            "configs:",
            *(line for language, shards in languages.items() for line in _config(language, shards)),
            "---",
            "",
            f"# {manifest.title}",
            "",
            *([description.strip(), ""] if description.strip() else []),
            "Every document carries its licence and the evidence for it (`license`, `license_scope`, `evidence`), and "
            "where it came from (`url`, `source`, `provenance`). `manifest.json` lists every shard with its SHA-256.",
            "",
            "Who is to be named for each document stands beside its shard, a line each in the same order: title, "
            "author, source, address, licence and what was changed (`attribution/`, gzipped JSON Lines).",
            "",
            "| language | documents | bytes |",
            "|---|---:|---:|",
            *(
                f"| {name} | {_rows(shards):,} | {sum(s.bytes for s in shards):,} |"
                for name, shards in languages.items()
            ),
            "",
            "| licence | documents |",
            "|---|---:|",
            *(f"| {name or 'none'} | {count:,} |" for name, count in manifest.by_license().items()),
            "",
        ]
    )


def _license(manifest: Manifest) -> list[str]:
    licenses = list(manifest.by_license())
    if len(licenses) == 1 and licenses[0] in HUB_LICENSES:
        return [f"license: {HUB_LICENSES[licenses[0]]}"]
    return ["license: other", "license_name: per-document", "license_link: manifest.json"]


def _size(rows: int) -> str:
    return next((name for limit, name in HUB_SIZES if rows < limit), "n>1M")


def _config(language: str, shards: list[Shard]) -> list[str]:
    paths = [f"    - {shard.path}" for shard in shards]
    return [f"- config_name: {language}", "  data_files:", "  - split: train", "    path:", *paths]


def _rows(shards: list[Shard]) -> int:
    return sum(shard.rows for shard in shards)
