"""What a release was made from is the same from whatever mount it was read, and names none."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.config import PipelineConfig
from pipeline.lineage import lineage_of
from pipeline.plan import PlannedStage

MOUNTS = ("/mnt/a", "/media/eine platte/b", "../c", "s3://bucket/d")


def configured(mount: str) -> PipelineConfig:
    """Return a configuration that names a place wherever one can be named."""
    return PipelineConfig.model_validate(
        {
            "name": "places",
            "output": f"{mount}/out",
            "parameters": {"input": f"{mount}/in"},
            "stages": [
                {
                    "name": "documents",
                    "sources": [
                        {"kind": "jsonl", "name": "notes", "paths": [f"{mount}/in"], "license": "CC-BY-4.0"},
                        {"kind": "warc", "name": "web", "paths": [f"{mount}/*.paths"], "prefix": f"{mount}/warc/"},
                    ],
                    "steps": [
                        {"name": "license", "host_lists": [f"{mount}/lists/hosts.tsv"]},
                        {"name": "extract"},
                        {"name": "url", "block_lists": [f"{mount}/lists/adult"], "words": f"{mount}/lists/words"},
                        {"name": "language", "model": f"{mount}/models/lid.bin#sha256=00"},
                    ],
                },
                {"name": "rights", "robots_snapshots": [f"{mount}/robots"]},
                {"name": "dedup", "against": [f"{mount}/earlier"]},
            ],
            "crawl": {
                "contact": "me@example.org",
                "seeds": [{"url": "https://x.example/docs/", "reach": "prefix", "prefix": "/docs/"}],
            },
            "ray": {"num_cpus": len(mount)},
        }
    )


def lineage(mount: str) -> dict[str, Any]:
    config = configured(mount)
    plans = [
        PlannedStage(stage, f"{mount}/out/{stage.name}", {"settings": stage.settings()}, stage.name)
        for stage in config.flat_stages()
    ]
    return lineage_of(config, plans, ["notes: deep/a.jsonl ends early"])


@pytest.mark.parametrize("mount", MOUNTS)
def test_no_place_is_named(mount: str) -> None:
    assert mount not in json.dumps(lineage(mount), ensure_ascii=False)


def test_every_mount_gives_the_same_lineage() -> None:
    first, *others = (json.dumps(lineage(mount), sort_keys=True) for mount in MOUNTS)
    assert others == [first] * len(others)


def test_what_is_not_a_place_stays() -> None:
    found = lineage("/mnt/a")
    assert found["unreadable"] == ["notes: deep/a.jsonl ends early"]
    notes, web = found["config"]["stages"][0]["sources"]
    assert (notes["name"], notes["license"], web["kind"]) == ("notes", "CC-BY-4.0", "warc")
    license_, _, url, language = found["stages"][0]["settings"]["steps"]
    assert license_["host_lists"] == ["hosts.tsv"]
    assert (url["block_lists"], url["words"]) == (["adult"], "words")
    assert language["model"] == "lid.bin#sha256=00"
    assert found["config"]["crawl"]["seeds"][0]["prefix"] == "/docs/"


def test_a_lineage_is_json(tmp_path: Path) -> None:
    assert yaml.safe_load(json.dumps(lineage(str(tmp_path))))["config"]["name"] == "places"
