"""Tests mirror the packages: whoever changes a module finds its tests under the same name."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

PACKAGES = ("dedup", "filters", "jobs", "pipeline", "shards")

BEHAVIOURS = {
    "dedup/test_chain.py": "the example in the documentation of the package",
    "filters/test_contract.py": "what every filter promises",
    "filters/test_fineweb2.py": "the published configuration of FineWeb-2",
    "filters/test_license_pages.py": "the filter `license` over judged pages of the development data",
    "jobs/test_commands.py": "every command, as a user calls it",
    "jobs/test_crawl_to_release.py": "from a crawl to a release",
    "jobs/test_submit.py": "a job of Ray, as `docs/cluster.md` submits it",
    "jobs/test_dashboards.py": "what is shipped for Prometheus and Grafana",
    "jobs/test_documentation.py": "what the documentation shows and names",
    "jobs/test_main.py": "what a command imports",
    "jobs/test_monthly_page.py": "the commands of docs/monthly.md",
    "pipeline/crawl/test_crawl.py": "crawls of a site on 127.0.0.1",
    "pipeline/crawl/test_orphans.py": "crawlers whose worker dies",
    "pipeline/extract/test_quality.py": "floors of extraction quality",
    "pipeline/pdf/test_robust.py": "files that do harm, are none or give no text, of the development data",
    "pipeline/pdf/test_guide.py": "what `docs/pdf.md` shows",
    "pipeline/records/test_samples.py": "a sample of every format of records",
    "pipeline/sources/test_damage.py": "damaged and hostile files, of every reader",
    "pipeline/sources/test_hostile.py": "small files that cost much, of every reader",
    "pipeline/sources/test_provenance.py": "where a record lies, of every reader",
    "pipeline/sources/test_science.py": "CIF and NetCDF",
    "pipeline/sources/test_tables.py": "JSONL, Parquet, Arrow, delimited text",
    "pipeline/stages/dedup/test_dedup.py": "the stages of dedup in a row",
    "pipeline/stages/rights/test_rights.py": "the stages of rights in a row",
    "pipeline/stages/test_mounts.py": "the same files in another place, of every reader",
    "pipeline/stages/test_stages.py": "all stages in a row",
    "pipeline/test_pdf_release.py": "a WARC with PDFs through `configs/common_crawl.yaml`",
    "pipeline/test_domain_sets.py": "the configurations in `configs/domains`",
    "jobs/test_manifests.py": "what is shipped for Kubernetes",
    "pipeline/test_buckets.py": "runs in a bucket, and what they ask of its store",
    "pipeline/test_literature.py": "what `configs/literature.yaml` keeps",
    "pipeline/test_damaged_run.py": "shards and receipts that are damaged between two calls",
    "pipeline/test_mistakes.py": "mistakes in a configuration, and what is said of each",
    "pipeline/test_restart.py": "a driver killed at any moment",
    "pipeline/test_restart_against.py": "a run against an earlier one, repeated",
    "pipeline/test_restart_on_ray.py": "workers and a driver killed on Ray",
    "pipeline/test_sample_web.py": "the truth of the sample web",
    "shards/release/test_reading.py": "a release in its users' tools",
    "shards/test_readers.py": "a shard in its users' tools",
}

TESTS = sorted(
    path.relative_to(ROOT / "tests") for package in PACKAGES for path in (ROOT / "tests" / package).rglob("test_*.py")
)


def module_of(test: Path) -> Path:
    """Return the module that a module of tests is named for, or the folder of a package's."""
    module = ROOT / test.with_name(test.name.removeprefix("test_"))
    return module if module.exists() else module.with_suffix("")


@pytest.mark.parametrize("test", TESTS, ids=Path.as_posix)
def test_a_module_of_tests_is_named_for_the_module_it_tests_or_for_a_listed_behaviour(test: Path) -> None:
    assert module_of(test).exists() != (test.as_posix() in BEHAVIOURS)


def test_no_behaviour_is_listed_that_has_no_tests() -> None:
    assert set(BEHAVIOURS) <= {test.as_posix() for test in TESTS}
