import json
import shutil
from pathlib import Path

import pytest

from filters.models.weighted import WEIGHTS
from pipeline.mining import rounds
from pipeline.mining.rounds import MinedPage, mine, taken_from
from pipeline.mining.settings import Mining
from pipeline.training.head_settings import Training

HEALTH = (
    "The patients were treated with antibiotics for ten days, and their symptoms of pneumonia improved. Doctors took"
    " blood pressure and the level of glucose, and recommended a vaccine against influenza."
)
NEWS = (
    "The mayor opened the new bridge on Saturday, and thousands came to see the fireworks above the harbour. A band"
    " played until midnight, and the shops in the main street sold lanterns, bread and wine."
)


@pytest.fixture
def settings(tmp_path: Path) -> Mining:
    rows = [
        {"url": f"https://clinic.example/{n}.html", "text": f"{HEALTH} Case {n}.", "language": "eng_Latn"}
        for n in range(6)
    ]
    rows += [
        {"url": f"https://town.example/{n}.html", "text": f"{NEWS} Day {n}.", "language": "eng_Latn"} for n in range(9)
    ]
    (tmp_path / "pages.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    source = {"kind": "jsonl", "name": "crawl", "paths": [str(tmp_path / "pages.jsonl")]}
    return Mining.model_validate(
        {
            "name": "health",
            "output": str(tmp_path / "out"),
            "head": "life_health",
            "heads": {"life_health": {}},
            "admitted": {"licences": ["MIT"]},
            "data": [{"name": "seeds", "paths": [str(tmp_path / "seeds.jsonl")]}],
            "found_in": [{"sources": [source | {"fields": {"url": "url", "language": "language"}}]}],
        }
    )


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Training]:
    """Have the shipped weights stand for what is trained; return what was asked for."""
    asked: list[Training] = []

    def train(training: Training, command: str) -> None:
        asked.append(training)
        shutil.copytree(WEIGHTS / "domain", training.output, dirs_exist_ok=True)

    monkeypatch.setattr(rounds, "train_heads", train)
    return asked


def test_rounds_ask_learn_and_end(settings: Mining, trained: list[Training]) -> None:
    first = mine(settings, "mine")
    assert (first.number, first.pages, first.found, first.waiting) == (1, 15, 6, 1)
    assert [place.place for place in first.new] == ["clinic.example"]
    assert not first.little
    again = mine(settings, "mine")  # nothing was decided, nothing is done again
    assert (len(trained), again.number, again.waiting, list(again.new)) == (1, 1, 1, [])
    text = first.hosts.read_text().replace("accept: null", "accept: true")
    first.hosts.write_text(text + "- {place: town.example, accept: false}\n")
    second = mine(settings, "mine")
    assert (second.number, second.in_accepted, second.waiting, second.little) == (2, 6, 0, True)
    data = {one.name: one for one in trained[1].data}
    assert [data[name].targets["life_health"].always for name in ("accepted", "refused")] == [True, False]
    assert trained[1].admitted.licences == ("MIT", "mined")
    assert len(list((settings_folder := first.folder.parent).iterdir())) == 3, settings_folder  # pages, two rounds


def test_a_round_that_was_killed_goes_on(settings: Mining, trained: list[Training]) -> None:
    done = mine(settings, "mine")
    (done.folder / "found.jsonl.gz").unlink()
    pages = (done.folder.parent / "pages.jsonl.gz").stat().st_mtime_ns
    assert mine(settings, "mine").found == done.found
    assert len(trained) == 1
    assert (done.folder.parent / "pages.jsonl.gz").stat().st_mtime_ns == pages


def test_of_a_place_so_many_pages_are_taken_whatever_their_order() -> None:
    pages = [MinedPage(url=f"https://a.example/{n}", language="eng_Latn", text="") for n in range(9)]
    pages += [MinedPage(url="https://b.example/law/1", language="eng_Latn", text="")]
    taken = taken_from(pages, ["a.example", "b.example/law/"], 4)
    assert len(taken) == 5
    assert taken == taken_from(pages[::-1], ["b.example/law/", "a.example"], 4)


def test_the_example_of_a_domain_of_one_s_own_is_a_configuration() -> None:
    from pipeline.config import load_as
    from tests.runs import ROOT

    found = load_as(Mining, str(ROOT / "configs/mining/law.yaml"), ())
    assert found.head == "law"


def test_a_head_that_is_not_there_is_refused(settings: Mining) -> None:
    with pytest.raises(ValueError, match="no head is called law"):
        Mining.model_validate({**settings.model_dump(), "head": "law"})
