"""What machines read of a release: one table of facts, and no placeholder."""

import json
from pathlib import Path

import pytest

from shards.release import facts
from shards.release.about import About
from shards.release.facts import NOT_OURS
from shards.release.manifest import Manifest
from tests.shards.release.releases import document, write_release

SHA256 = "ab" * 32


@pytest.fixture
def published(tmp_path: Path) -> Manifest:
    rows = [
        ("train", document(1, "今天的河水很高。")),
        ("validation", document(2, "Das Wehr steht.", "deu_Latn", "CC-BY-SA-4.0")),
    ]
    return write_release(str(tmp_path / "release"), rows)


def test_each_number_names_its_rule_and_each_blank_its_question(published: Manifest) -> None:
    table = {fact.name: fact for fact in facts.facts(published)}
    assert table["documents"].value == "2"
    assert table["documents held out"].value == "1"
    assert table["licences"].value == "CC-BY-4.0: 1, CC-BY-SA-4.0: 1"
    assert all(fact.rule.startswith("counted") if fact.known else fact.rule.endswith("?") for fact in table.values())
    text = facts.datasheet(published).decode()
    assert all(f"| {fact.name} | {fact.value} | {fact.rule} |" in text for fact in table.values())


def test_what_the_publisher_says_stands_in_place_of_the_question(published: Manifest) -> None:
    answers = About(**{name: f"answer to {name}" for name in About.model_fields})
    said = published.model_copy(update={"about": answers, "contact": "rights@example.org"})
    table = {fact.name: fact for fact in facts.facts(said)}
    assert all(fact.known for fact in table.values())
    assert table["contact"].value == "rights@example.org"
    assert table["uses"].rule == "stated by the publisher: `publish.about.uses`"
    documents = facts.documents(said, "example.org/notes", SHA256)
    assert not [path for path, content in documents.items() if NOT_OURS in content.decode()]
    croissant = json.loads(documents["croissant.json"])
    assert croissant["rai:dataBiases"] == "answer to biases"
    assert "within how many days: answer to removal" in documents["policy/permissive.odrl.jsonld"].decode()


def test_nothing_is_left_blank_and_nothing_is_promised(published: Manifest) -> None:
    documents = facts.documents(published, "example.org/notes", SHA256)
    assert set(documents) == {
        "croissant.json",
        "DATASHEET.md",
        "policy/permissive.odrl.jsonld",
        "policy/sharealike.odrl.jsonld",
    }
    for content in documents.values():
        text = content.decode().lower()
        assert not any(word in text for word in ("todo", "tbd", "n/a", "lorem", '""', "null", "compliant"))
        assert NOT_OURS in text


def test_an_offer_asks_what_its_class_asks(published: Manifest) -> None:
    offers = facts.offers(published, "example.org/notes")
    shared = json.loads(offers["policy/sharealike.odrl.jsonld"])
    assert {duty["action"] for each in shared["permission"] for duty in each["duty"]} == {"attribute", "cc:ShareAlike"}
    assert shared["obligation"][0]["action"] == "delete"
    unknown = published.model_copy(
        update={"shards": tuple(s.model_copy(update={"license_class": "unknown"}) for s in published.shards)}
    )
    assert "permission" not in json.loads(facts.offers(unknown, "example.org/notes")["policy/unknown.odrl.jsonld"])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib, in mlcroissant
def test_croissant_is_valid(published: Manifest, tmp_path: Path) -> None:
    croissant = pytest.importorskip("mlcroissant", reason="needs mlcroissant: make dev")
    place = tmp_path / "croissant.json"
    place.write_bytes(facts.croissant(published, "example.org/notes", SHA256))
    metadata = croissant.Dataset(place).metadata
    assert not metadata.issues.errors
    assert {field.name for field in metadata.record_sets[0].fields} == set(published.columns)
