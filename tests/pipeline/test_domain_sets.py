"""The configurations of the four domains, and of what has no licence."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from pipeline.answers.finished_run import open_run
from pipeline.config import load
from pipeline.run import Local, run
from tests.benchmarks.domain_data import NAMES, RECORDS, lay, licence
from tests.runs import ROOT, Silent, documents

DATA = ROOT / "../shared/data"
DOMAINS = sorted(NAMES.values())
TEXT = (
    "The hardness of the alloy rose with its carbon content. After annealing for two hours the grains were finer, and"
    " cracks began later under load. Micrographs show needles of martensite between islands of austenite; we think"
    " that manganese keeps the latter stable down to the temperature of liquid nitrogen."
)


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_has_three_kinds_of_source_which_say_on_what_their_licence_rests(domain: str) -> None:
    plain = yaml.safe_load((ROOT / f"configs/domains/{domain}.yaml").read_text().replace("!include ", ""))
    sources = plain["stages"][0]["sources"]
    assert len({source["kind"] for source in sources}) >= 3
    assert plain["parameters"]["domain"] == domain
    for source in sources:
        fixed = source["kind"] in ("records", "cif")
        assert ("license" in source) == fixed, source["name"]


@pytest.mark.parametrize(
    ("stated", "spdx"),
    [
        ("CC0-1.0 (translations; sources PubMed OA, Wikipedia, Wikinews …)", "CC0-1.0"),
        ("MIT (PubMed abstracts)", "MIT"),
        ("MIT (annotations); paragraph text (c) publishers", None),
        ("MIT repo; abstracts (c) publishers", None),
        ("CC-BY (PLOS; per-article statement in field licence_statement)", "CC-BY-4.0"),
        ("none stated", None),
        (None, None),
    ],
)
def test_a_text_has_a_licence_only_if_the_data_say_that_it_is_the_text_s(stated: str | None, spdx: str | None) -> None:
    assert licence(stated) == spdx


@pytest.mark.skipif(not DATA.exists(), reason="the development data are not here")
@pytest.mark.slow
def test_the_development_data_are_laid_out_for_all_four(tmp_path: Path) -> None:
    counts = lay(DATA, tmp_path / "domains")
    assert {domain for domain, _ in counts} == set(DOMAINS)
    assert all((tmp_path / "domains" / domain / kind).exists() for domain, kind in counts)


@pytest.mark.slow
def test_a_domain_is_run_on_what_lies_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "build/domains/materials"
    for name in RECORDS["materials"]:
        (folder / "records" / Path(name).stem).mkdir(parents=True)
        shutil.copyfile(ROOT / "tests/pipeline/records/samples" / name, folder / "records" / Path(name).stem / name)
    for kind, stated in (("texts", "CC-BY-4.0"), ("unlicensed", None)):
        (folder / kind).mkdir()
        row = {"text": TEXT, "id": "a", "title": "Steel", "license": stated, "language": "eng_Latn"}
        (folder / kind / "texts.jsonl").write_text(json.dumps(row) + "\n")
    (folder / "pages").mkdir()
    (folder / "pages/a.warc.gz").write_bytes(b"")
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    run(load("configs/domains/materials.yaml", []), Local(), Silent())
    rows = documents(open_run("out/domains/materials")).values()
    kept = [row for row in rows if row["rejected_by"] is None]
    assert {(row["source"], row["language"]) for row in kept} >= {
        ("crystals", "eng_Latn"),
        ("crystals", "zho_Hans"),
        ("texts", "eng_Latn"),
    }
    assert {row["domain"] for row in kept} == {"materials"}
