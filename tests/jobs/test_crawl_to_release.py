"""From a list of seeds to a release, by the two commands that `configs/crawl.yaml` names."""

from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from jobs.__main__ import app
from pipeline.answers.finished_run import open_run
from shards import files
from shards.release import manifest
from tests.runs import ROOT
from tests.sample_web.serve import VIRTUAL, serving
from tests.sample_web.web import pages

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What is published of a crawl of the sample web over HTTP."""
    folder = tmp_path_factory.mktemp("crawl")
    with serving() as bases:
        hosts = {host: [base.removeprefix("http://")] for host, base in bases.items() if host != VIRTUAL}
        text = (ROOT / "configs" / "crawl.yaml").read_text(encoding="utf-8")
        includes = text.replace("!include languages", f"!include {ROOT}/configs/languages").replace(
            "out/crawl", str(folder / "out")
        )
        head, _, rest = includes.partition("crawl:\n")
        crawl = {
            "contact": "${contact}",
            "seeds": [f"http://{host}/" for host in hosts],
            "politeness": {"delay": 0, "latency": 0},
            "test_network": {"networks": ["127.0.0.0/8"], "hosts": hosts},
        }
        config = folder / "crawl.yaml"
        stages = rest[rest.index("stages:") :]
        config.write_text(head + yaml.safe_dump({"crawl": crawl}) + stages, encoding="utf-8")
        for command in ("crawl", "run"):
            arguments = [command, str(config), "-p", "contact=crawler@example.org", "--local"]
            ended = CliRunner().invoke(app, arguments, catch_exceptions=False)
            assert ended.exit_code == 0, ended.output
    release = files.join(open_run(str(folder / "out")).stage("publish").folder, "release")
    shards = [files.join(release, shard.path) for shard in manifest.read(release).shards]
    return [row for shard in shards for row in files.read_table(shard).to_pylist()]


def test_what_was_crawled_is_published_under_its_licence_with_its_place_in_the_crawl(
    published: list[dict[str, Any]],
) -> None:
    assert len(published) > 10
    for row in published:
        assert row["license"], row["url"]
        assert row["evidence"], row["url"]
        assert row["provenance"]["file"].endswith(".warc.gz")
        assert row["fetched_at"] is not None


def test_nothing_is_published_that_robots_txt_keeps_away(published: list[dict[str, Any]]) -> None:
    kept_away = {page.url for page in pages() if page.path.startswith(("/private/", "/search"))}
    assert kept_away
    assert not kept_away & {row["url"] for row in published}
