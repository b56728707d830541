"""The rights in a document, told to people who read no HTML."""

from typing import Any

from filters.chain import judge
from filters.licences.decide import weights
from filters.license import License
from filters.optouts.decide import captured
from jobs.show.evidence import KINDS, EvidenceKinds, license_lines
from pipeline.answers.journey import Journey
from pipeline.answers.measurement import Measurement
from shards import tables
from shards.schema import PAGE, batch_of

CONTRACT = "LicenseRef-Contract-7"
RESERVED = {"x_robots_tag", "meta_robots", "robots_access", "reserved"}


def told(filter: License, row: dict[str, Any]) -> dict[str, str]:
    page = {"id": "0", "text": "", "url": "https://a.example/x", **row}
    judgement = judge([filter], batch_of([page], PAGE))
    bounds = filter.bounds_for(row.get("source"), page["url"])
    measured = {name: judgement.signals[f"license.{name}"].to_pylist()[0] for name in bounds}
    signals = tuple(Measurement(f"license.{name}", value, bounds[name], False) for name, value in measured.items())
    (document,) = judgement.documents.to_pylist()
    return dict(license_lines(Journey(document, document["rejected_by"], None, signals, {}, None)))


def test_every_kind_of_evidence_has_a_name_in_words() -> None:
    kinds = set(weights().base) | RESERVED
    named = set(tables.table(KINDS, EvidenceKinds).root)
    assert kinds <= named
    assert {kind for kind in named if captured(kind, "", "") is not None} >= {"tdmrep", "content_signal", "rsl"}


def test_a_contract_that_answers_a_reservation_is_told_to() -> None:
    answers = {"verdict": ["contract"], "license_overrides_reservation": True}
    filter = License.model_validate({"name": "license", "sources": {"partner": answers}})
    row = {"source": "partner", "license": CONTRACT, "headers": [{"name": "X-Robots-Tag", "value": "noai"}]}
    lines = told(filter, row)
    assert lines["decided by"].endswith("contract (a contract with the supplier, named in the configuration)")
    assert lines["reserved"].endswith("http: noai; the policy lets this licence answer it")
    assert lines["class"] == "contract; accepted from this source and host: {contract}"
    refused = told(License(), row)
    assert refused["class"].startswith("prohibited;")
    assert refused["class"].endswith("this class is not accepted")
    assert refused["reserved"].endswith("http: noai")


def test_what_contradicts_a_licence_is_counted() -> None:
    links = "".join(
        f'<a rel="license" href="https://creativecommons.org/licenses/{name}/4.0/">' for name in ("by", "by-nc")
    )
    lines = told(License(), {"payload": f"<p>{links}".encode()})
    assert lines["licence"] == "CC-BY-NC-4.0, of this document; its class is noncommercial"
    assert lines["conflicts"].startswith("1 in the evidence below")
