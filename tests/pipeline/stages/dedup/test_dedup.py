"""De-duplication over small collections: its levels, and against what earlier runs have published."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from dedup.minhash import MinHashSettings
from pipeline.answers.finished_run import FinishedRun
from pipeline.answers.settings import settings_of
from pipeline.checks import problems
from pipeline.config import load
from pipeline.errors import ConfigError
from pipeline.inputs import Inputs
from pipeline.stages.base import FinishedStage, Outcome, RunState, Task, Workspace
from pipeline.stages.dedup import Dedup, rounds
from pipeline.stages.dedup.base import grouped
from pipeline.stages.dedup.earlier import UNCHANGED, folder_of, opened
from pipeline.stages.dedup.paragraphs import LinesPart, ParagraphsFacts
from shards import files
from shards.release import manifest, validation
from tests.pipeline.stages.corpus import Corpus, prose, rows

STEPS = [{"name": "normalize"}]
PUBLISH = {"name": "publish", "title": "Notes", "unlicensed": True}
COLUMNS = ("id", "url", "fetched_at")


def dedup(**settings: Any) -> dict[str, Any]:
    return {"name": "dedup", "partitions": 3, "minhash": {"exact": True}, **settings}


def page(name: str, text: str, **columns: Any) -> dict[str, Any]:
    return {"id": name, "text": text, **columns}


@pytest.fixture
def crawls(tmp_path: Path) -> list[Corpus]:
    """Give three folders: the first crawl, the second, and both."""
    return [Corpus(tmp_path / name, *COLUMNS) for name in ("first", "second", "both")]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path, *COLUMNS)


def verdicts(found: FinishedRun) -> dict[str, dict[str, Any]]:
    """Return the verdict of each document by its source id."""
    by_id = {row["id"]: row["source_id"] for row in rows(found, "documents", "kept")}
    return {by_id[row["id"]]: row for row in rows(found, "dedup", "verdicts")}


def minhash_of(run: FinishedRun) -> MinHashSettings | None:
    stage = settings_of(run).stages[1]
    assert isinstance(stage, Dedup)
    return stage.minhash


def clusters(*runs: FinishedRun) -> set[frozenset[str]]:
    """Return the clusters of several runs, the later ones against the earlier ones, as sets of ids."""
    earlier = opened([str(Path(found.stage("index").folder)) for found in runs], minhash_of(runs[0]))
    members = defaultdict(set)
    changes = earlier.changes()
    for ordinal, uri in enumerate(earlier.documents):
        for place, row in enumerate(files.read_table(uri).to_pylist()):
            name = changes.get(ordinal << 32 | place, UNCHANGED).cluster or row["cluster"] or row["id"]
            members[name].add(row["id"])
    return {frozenset(ids) for ids in members.values()}


def table(found: FinishedRun, name: str) -> list[dict[str, Any]]:
    release = files.join(found.stage("publish").folder, "release")
    assert list(validation.problems(release)) == []
    paths = [file.path for file in manifest.read(release).tables if file.path.startswith(name)]
    return [row for path in paths for row in files.read_table(files.join(release, path)).to_pylist()]


# a1-a3 are alike in a chain over both crawls; b and e are copies across; c stands in the first alone, f in the second
FIRST = [
    page("a1", prose(1) + " first ending"),
    page("b", prose(2)),
    page("c", prose(3)),
    page("g", prose(5)),
    page("h", prose(5) + " closing words"),
]
SECOND = [
    page("a2", prose(1) + " first ending, and a second one that is longer"),
    page("e", prose(2).upper()),
    page("f", prose(4)),
    page("i", prose(5) + " closing words said twice"),
]


def incremental(crawls: list[Corpus], **settings: Any) -> tuple[FinishedRun, FinishedRun]:
    first, second, _ = crawls
    first.write("a", *FIRST)
    second.write("b", *SECOND)
    before = first.run(STEPS, dedup(**settings), PUBLISH)
    return before, second.run(STEPS, dedup(against=[str(first.folder / "out")], **settings), PUBLISH)


@pytest.mark.parametrize("minhash", [{"exact": True}, {"exact": False}, None])
def test_what_an_earlier_release_has_published_stays_and_new_copies_of_it_are_rejected(
    crawls: list[Corpus], minhash: Any
) -> None:
    before, after = incremental(crawls, minhash=minhash)
    ids = {row["source_id"]: row["id"] for found in (before, after) for row in rows(found, "documents", "kept")}
    found = verdicts(after)
    assert found["e"]["rejected_by"] == "dedup.exact"
    assert found["e"]["duplicate_of"] == ids["b"]
    assert found["f"]["rejected_by"] is None
    assert found["a2"]["rejected_by"] == ("dedup.near" if minhash else None)
    if minhash:
        assert found["a2"]["duplicate_of"] == ids["a1"]
    copies = {row["source_id"]: row for row in table(after, "duplicates")}
    assert set(copies) == {name for name, verdict in found.items() if verdict["rejected_by"]}
    assert copies["e"]["duplicate_of"] == ids["b"]
    assert copies["e"]["source"] == "notes"
    assert table(after, "superseded") == []


@pytest.mark.parametrize("replace", [False, True])
def test_adding_in_two_steps_gives_the_clusters_of_adding_at_once(crawls: list[Corpus], replace: bool) -> None:
    runs = incremental(crawls, replace=replace)
    _, _, both = crawls
    both.write("a", *FIRST)
    both.write("b", *SECOND)
    at_once = both.run(STEPS, dedup(), PUBLISH)
    assert clusters(*runs) == clusters(at_once)
    assert len(clusters(at_once)) == 5


@pytest.mark.parametrize(("held", "partitions"), [(13, 1), (12, 2), (1, 16)])
@pytest.mark.parametrize("number", [0, 1, 8])
def test_components_joined_in_rounds_decide_as_those_joined_in_one_task(
    crawls: list[Corpus], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int, partitions: int, number: int
) -> None:
    at_once = incremental(crawls)
    monkeypatch.setattr(rounds, "AT_ONCE", 0)
    monkeypatch.setattr(rounds, "PER_TASK", held)
    others = [Corpus(tmp_path / f"rounds-{name}", *COLUMNS) for name in ("first", "second", "both")]
    in_rounds = incremental(others, rounds=number)
    tasks = [
        len(stage.tasks) for stage in in_rounds[1].stages if stage.name.startswith(("stars", "forests", "components"))
    ]
    if number == 0 or partitions == 1:
        assert tasks == [1], "as if there were no rounds"
    elif number == 1:
        assert tasks == [partitions, partitions, 1], "one round is too few to see that nothing changes"
    else:
        assert tasks == [partitions] * len(tasks)
        assert 4 <= len(tasks) <= 6
    for run, other in zip(at_once, in_rounds, strict=True):
        assert verdicts(run) == verdicts(other)
        assert components_kept(run) == components_kept(other), "an index keeps them, whatever task named them"


def components_kept(run: FinishedRun) -> list[dict[str, int]]:
    kept: list[dict[str, int]] = files.read_table(run.stage("index").folder + "/index/components.arrow").to_pylist()
    return kept


@pytest.mark.parametrize(
    ("edges", "partitions"), [(0, 1), (32_000_000, 1), (32_000_001, 16), (64_000_000, 16), (10**10, 4096)]
)
def test_nodes_are_cut_into_more_partitions_as_edges_grow(edges: int, partitions: int) -> None:
    assert rounds.node_partitions(edges) == partitions


def test_the_edges_of_earlier_releases_count_and_are_read_in_parts(
    crawls: list[Corpus], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small crawl that is held against a large release outgrows one task too."""
    incremental(crawls)
    earlier = opened([str(corpus.folder / "out") for corpus in crawls[:2]], MinHashSettings())
    every = earlier.edges().tolist()
    assert [edge for part in range(3) for edge in earlier.edges(part, 3).tolist()] != []
    assert sorted(edge for part in range(3) for edge in earlier.edges(part, 3).tolist()) == sorted(every)
    third = Corpus(tmp_path / "third", *COLUMNS)
    third.write("c", page("j", prose(9)))
    monkeypatch.setattr(rounds, "AT_ONCE", 0)
    monkeypatch.setattr(rounds, "PER_TASK", len(every) // 2)
    against = [str(corpus.folder / "out") for corpus in crawls[:2]]
    assert len(third.run(STEPS, dedup(against=against)).stage("stars-1").tasks) == 2 ** (len(every) % 2 + 1)


def test_a_run_whose_candidates_fit_one_task_knows_no_rounds(corpus: Corpus) -> None:
    """Neither in its record, nor on disk, nor in the numbers of its stages."""
    corpus.write("a", *FIRST)
    found = corpus.run(STEPS, dedup(rounds=8))
    folders = sorted(path.name for path in (corpus.folder / "out").iterdir() if path.is_dir())
    assert [folder.split("-")[:2] for folder in folders] == [
        [f"{number:02}", stage.name] for number, stage in enumerate(found.stages, 1)
    ]
    assert not any(stage.name.startswith(("stars", "forests")) for stage in found.stages)


def test_one_task_that_has_to_join_more_than_it_can_hold_is_warned_of(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    corpus.write("a", *FIRST)
    corpus.run(STEPS, dedup(rounds=0))
    assert not caplog.messages
    monkeypatch.setattr(rounds, "AT_ONCE", 0)
    monkeypatch.setattr(rounds, "PER_TASK", 1)
    corpus.write("b", page("another", prose(1)))
    corpus.run(STEPS, dedup(rounds=1))
    assert any("set more `rounds`" in message for message in caplog.messages)


@pytest.mark.parametrize(
    ("documents", "partitions"),
    [(0, 1), (4096, 1), (4097, 2), (70_000, 16), (4_000_000, 16), (4_000_001, 32), (10_000_000, 64), (10**10, 2048)],
)
def test_partitions_keep_their_size_as_the_input_grows(tmp_path: Path, documents: int, partitions: int) -> None:
    task = Task(reads=("a",), part={})
    receipt = Workspace("documents", task, str(tmp_path), {}).receipt(Outcome(documents, kept={"eng_Latn": documents}))
    state = RunState(
        {"documents": FinishedStage("documents", "", [task], {task.key: receipt})}, Inputs(str(tmp_path / "i"))
    )
    assert Dedup().divided(state) == partitions
    assert Dedup(partitions=3).divided(state) == 3


@pytest.mark.parametrize(
    ("shards", "partitions", "size"),
    [(0, 16, 1), (32, 16, 1), (33, 16, 2), (64, 16, 2), (65, 16, 4), (1_000, 16, 32), (40_000, 2048, 16), (3, 1, 2)],
)
def test_shards_are_grouped_so_that_a_partition_is_written_in_two_pieces_at_most_for_each_partition(
    shards: int, partitions: int, size: int
) -> None:
    groups = grouped(range(shards), partitions)
    assert [shard for group in groups for shard in group] == list(range(shards))
    assert len(groups) <= 2 * partitions
    assert all(len(group) == size for group in groups[:-1])
    assert size == 1 or -(-shards // (size // 2)) > 2 * partitions, "no larger than it must be"


def many_shards(corpus: Corpus, first: int, count: int) -> None:
    """Write a document or two to a file, copies of which lie in the same group of shards, in others, and nowhere."""
    for number in range(first, first + count):
        pages = [page(f"p{number}", f"{prose(number % 11)} {'so' if number % 5 else 'and so it ended'}")]
        pages += [page(f"q{number}", prose(100 + number))] if number % 3 else []
        pages += [page(f"r{number}", prose(number % 7).upper())] if number % 4 == 2 else []
        corpus.write(f"{number:03}", *pages)


def judged_files(found: FinishedRun) -> list[tuple[str, str]]:
    """Return the digests of the verdicts and of the lists of duplicates, in order."""
    of = found.stage("dedup")
    receipts = [of.receipts[task.key] for task in of.tasks]
    return [(each.files["verdicts"].sha256, each.files["duplicates"].sha256) for each in receipts]


def test_how_shards_are_grouped_changes_no_byte_of_a_verdict_and_signs_nothing_again(corpus: Corpus) -> None:
    many_shards(corpus, 0, 23)
    one, three, sixteen = (corpus.run(STEPS, dedup(partitions=partitions), PUBLISH) for partitions in (1, 3, 16))
    groups = [[len(task.reads) for task in found.stage("keys").tasks] for found in (one, three, sixteen)]
    assert groups == [[16, 7], [4, 4, 4, 4, 4, 3], [1] * 23]
    assert judged_files(one) == judged_files(three) == judged_files(sixteen)
    assert table(one, "duplicates") == table(three, "duplicates") == table(sixteen, "duplicates")
    assert published(one) == published(three) == published(sixteen)
    assert len({row["cluster"] for row in verdicts(one).values() if row["rejected_by"]}) == 11
    assert (
        one.stage("signatures").receipts == three.stage("signatures").receipts == sixteen.stage("signatures").receipts
    )


def test_groups_of_an_earlier_run_may_be_of_another_size(tmp_path: Path) -> None:
    found = {}
    for earlier, later in ((1, 16), (16, 1), (3, 3)):
        first, second = (Corpus(tmp_path / f"{name}-{earlier}", *COLUMNS) for name in ("first", "second"))
        many_shards(first, 0, 9)
        many_shards(second, 9, 9)
        before = first.run(STEPS, dedup(partitions=earlier))
        index = opened([str(first.folder / "out")], minhash_of(before))
        assert len(index.documents) == {1: 2, 16: 9, 3: 5}[earlier]
        after = second.run(STEPS, dedup(partitions=later, replace=True, against=[str(first.folder / "out")]))
        assert any(row["rejected_by"] for row in verdicts(after).values())
        found[earlier] = judged_files(after), clusters(before, after)
    assert found[1] == found[16] == found[3]


def test_the_name_of_a_cluster_is_the_one_that_it_was_first_given(crawls: list[Corpus]) -> None:
    before, after = incremental(crawls)
    first, second = verdicts(before), verdicts(after)
    assert second["i"]["cluster"] == first["g"]["cluster"] == first["h"]["cluster"]
    assert second["a2"]["cluster"] == next(r["id"] for r in rows(before, "documents", "kept") if r["source_id"] == "a1")


def test_a_better_copy_replaces_a_published_one_only_if_asked_and_then_it_is_named(crawls: list[Corpus]) -> None:
    before, after = incremental(crawls, replace=True)
    ids = {row["source_id"]: row["id"] for found in (before, after) for row in rows(found, "documents", "kept")}
    found = verdicts(after)
    assert found["a2"]["rejected_by"] is None, "it is longer"
    assert {row["id"]: row["superseded_by"] for row in table(after, "superseded")} == {
        ids["a1"]: ids["a2"],
        ids["h"]: ids["i"],
    }
    assert (found["a2"]["duplicates"], found["i"]["duplicates"]) == (2, 3)


def test_a_third_crawl_is_held_against_both_and_counts_what_was_replaced_as_gone(
    crawls: list[Corpus], tmp_path: Path
) -> None:
    _, after = incremental(crawls, replace=True)
    third = Corpus(tmp_path / "third", *COLUMNS)
    third.write("c", page("j", prose(1) + " first ending"), page("k", prose(4) + "!"))
    against = [str(corpus.folder / "out") for corpus in crawls[:2]]
    found = verdicts(third.run(STEPS, dedup(against=against)))
    ids = {row["source_id"]: row["id"] for row in rows(after, "documents", "kept")}
    assert {name: row["duplicate_of"] for name, row in found.items()} == {"j": ids["a2"], "k": ids["f"]}


def test_indexes_are_listed_in_the_order_in_which_they_were_made(crawls: list[Corpus], tmp_path: Path) -> None:
    incremental(crawls)
    outputs = [str(corpus.folder / "out") for corpus in crawls[:2]]
    settings = load(str(crawls[0].folder / "config.yaml")).stages[1].minhash  # type: ignore[union-attr]
    assert len(opened(outputs, settings).layers) == 2
    with pytest.raises(ConfigError, match="which must be listed before it"):
        opened(outputs[::-1], settings)
    with pytest.raises(ConfigError, match="is listed twice"):
        opened(outputs[:1] * 2, settings)


def test_an_index_is_found_from_the_run_the_release_or_its_own_folder(crawls: list[Corpus]) -> None:
    before, _ = incremental(crawls)
    folder = Path(before.stage("index").folder) / "index"
    release = Path(before.stage("publish").folder) / "release"
    output = crawls[0].folder / "out"
    for place in (folder, folder.parent, output, output / "release", release, release.parent):
        assert Path(folder_of(str(place))) == folder


def test_an_index_that_is_not_there_or_made_otherwise_is_a_problem_of_the_settings(crawls: list[Corpus]) -> None:
    first, second, _ = crawls
    first.write("a", *FIRST)
    second.write("b", *SECOND)
    first.run(STEPS, dedup(minhash={"exact": False}))
    for settings, message in (
        ({"against": [str(second.folder)]}, "no index here"),
        ({"against": [str(first.folder / "out")]}, "has no shingles"),
        ({"against": [str(first.folder / "out")], "minhash": {"bands": 9, "rows": 13}}, "14x8-5gram.* this run .*9x13"),
        ({"against": [str(first.folder / "out")], "minhash": None}, "exact-v1"),
    ):
        told = [str(problem) for problem in problems(second.configured(STEPS, dedup(**settings))) if problem.at]
        assert any(re.search(message, one) for one in told), told


def test_a_run_whose_earlier_index_is_gone_can_still_be_reported(crawls: list[Corpus]) -> None:
    import shutil

    from pipeline.answers.finished_run import open_run

    incremental(crawls)
    shutil.rmtree(crawls[0].folder / "out")
    assert open_run(str(crawls[1].folder / "out")).stage("dedup").receipts


def test_captures_of_one_address_are_copies_whatever_they_say(corpus: Corpus) -> None:
    old, new = "2026-01-02T00:00:00Z", "2026-05-06T00:00:00Z"
    corpus.write(
        "a",
        page("old", prose(1), url="http://www.example.org/a/", fetched_at=old),
        page("other", prose(3), url="https://example.org/b", fetched_at=old),
    )
    corpus.write("b", page("new", prose(2), url="https://example.org/a?utm_source=x", fetched_at=new))
    for keep, gone in (("latest", "old"), ("earliest", "new")):
        found = verdicts(corpus.run(STEPS, dedup(url=keep), output=keep))
        assert {name: row["rejected_by"] for name, row in found.items() if row["rejected_by"]} == {gone: "dedup.url"}
        assert found[gone]["similarity"] is None
    assert not any(row["rejected_by"] for row in verdicts(corpus.run(STEPS, dedup())).values())


def test_who_stands_for_a_document_in_the_end_is_one_that_stands(corpus: Corpus) -> None:
    """`old` is an earlier capture of `new`'s address, and `new` a near copy of the longer `best`."""
    corpus.write(
        "a",
        page("old", prose(9), url="https://example.org/a", fetched_at="2026-01-02T00:00:00Z"),
        page("new", prose(1), url="https://example.org/a", fetched_at="2026-02-02T00:00:00Z"),
        page("best", prose(1) + " and this", url="https://example.org/b", fetched_at="2026-01-02T00:00:00Z"),
    )
    found = verdicts(corpus.run(STEPS, dedup(url="latest")))
    best = found["best"]
    assert (found["old"]["duplicate_of"], found["new"]["duplicate_of"]) == (best["id"], best["id"])
    assert (best["rejected_by"], best["duplicates"], found["old"]["similarity"]) == (None, 3, None)
    assert len({row["cluster"] for row in found.values()}) == 1


def test_levels_that_are_off_find_nothing(corpus: Corpus) -> None:
    corpus.write("a", page("a", prose(1)), page("b", prose(1).upper()), page("c", prose(1) + " more"))
    off = {"payload": False, "exact": False, "minhash": None}
    assert not any(row["rejected_by"] for row in verdicts(corpus.run(STEPS, dedup(**off), output="off")).values())
    near = verdicts(corpus.run(STEPS, dedup(exact=False), output="near"))
    assert sorted(row["rejected_by"] or "" for row in near.values()) == ["", "dedup.near", "dedup.near"]
    exact = verdicts(corpus.run(STEPS, dedup(minhash=None), output="exact"))
    assert sorted(row["rejected_by"] or "" for row in exact.values()) == ["", "", "dedup.exact"]


def test_a_run_without_an_index_has_none(corpus: Corpus) -> None:
    corpus.write("a", page("a", prose(1)))
    found = corpus.run(STEPS, dedup(index=False), PUBLISH)
    assert "index" not in [stage.name for stage in found.stages]
    with pytest.raises(ConfigError, match="no index here"):
        folder_of(str(corpus.folder / "out"))


def test_a_changed_earlier_release_is_read_again_and_nothing_else_is_done_again(crawls: list[Corpus]) -> None:
    _, after = incremental(crawls)
    first, second, _ = crawls
    first.write("aa", page("f0", prose(4)))
    first.run(STEPS, dedup(), PUBLISH)
    again = second.run(STEPS, dedup(against=[str(first.folder / "out")]), PUBLISH)
    assert again.stage("signatures").receipts == after.stage("signatures").receipts
    assert (
        verdicts(again)["f"]["rejected_by"] == "dedup.exact" or verdicts(again)["f"]["rejected_by"] == "dedup.payload"
    )


def test_settings_are_told_apart_by_what_they_decide(corpus: Corpus, tmp_path: Path) -> None:
    corpus.write("a", page("a", prose(1)))
    one = corpus.run(STEPS, dedup(), PUBLISH)
    other = corpus.run(STEPS, dedup(replace=True), PUBLISH)
    assert one.stage("components").folder == other.stage("components").folder
    assert one.stage("survivors").folder != other.stage("survivors").folder


NAVIGATION = "Home | News | Contact | Login | Search"
ENDING = "Subscribe to our letter and never miss another of our stories again"


def host_of_pages(corpus: Corpus, count: int = 8) -> None:
    """Write pages of two hosts with navigation and an ending, in several files; the last one has nothing else."""
    for number in range(count):
        text = f"{NAVIGATION}\n{prose(number)}\n{ENDING}"
        corpus.write(f"{number:02}", page(f"p{number}", text, url=f"https://example.org/{number}"))
    corpus.write("short", page("short", f"{NAVIGATION}\nNothing here yet.\n{ENDING}", url="https://example.org/short"))
    corpus.write("other", page("other", f"{NAVIGATION}\n{prose(99)}", url="https://example.net/"))


def published(found: FinishedRun) -> dict[str, str]:
    release = files.join(found.stage("publish").folder, "release")
    assert list(validation.problems(release)) == []
    tables = [files.read_table(files.join(release, shard.path)) for shard in manifest.read(release).shards]
    return {row["source_id"]: row["text"] for table in tables for row in table.to_pylist()}


def test_repeated_lines_are_gone_from_what_is_published(corpus: Corpus) -> None:
    host_of_pages(corpus)
    found = corpus.run(STEPS, dedup(paragraphs={"documents": 5}), PUBLISH)
    texts = published(found)
    assert texts == {f"p{number}": prose(number) for number in range(8)} | {"other": f"{NAVIGATION}\n{prose(99)}"}
    short = next(row for row in rows(found, "paragraphs", "verdicts") if row["rejected_by"])
    assert short["rejected_by"] == "dedup.paragraphs"
    assert [span["documents"] for span in short["removed"]] == [9, 9]
    judge = found.stage("paragraphs")
    assert sum(receipt.rejected_rows for receipt in judge.receipts.values()) == 1
    assert sum(facts.spans for facts in judge.facts(ParagraphsFacts)) == 18


def test_lines_are_counted_through_all_groups_of_shards(corpus: Corpus) -> None:
    host_of_pages(corpus, 18)
    settings = {"paragraphs": {"documents": 15}}
    runs = [
        corpus.run(STEPS, dedup(partitions=partitions, **settings), output=f"{partitions}") for partitions in (1, 16)
    ]
    groups = [[len(part.shards) for part in found.stage("lines").parts(LinesPart)] for found in runs]
    assert groups == [[16, 4], [1] * 20]
    one, sixteen = ([dict(row) for row in rows(found, "paragraphs", "verdicts")] for found in runs)
    assert one == sixteen
    assert sum(row["removed"] is not None for row in one) == 19
    assert judged_files(runs[0]) == judged_files(runs[1])


def test_copies_are_sought_in_what_is_left_of_the_texts(corpus: Corpus) -> None:
    """Short notes in long wrappings: alike with them, apart without."""
    wrapping = f"{prose(70)} of every page"
    for number in range(20):
        note = " ".join(f"note{number}word{word}" for word in range(60))
        corpus.write(f"{number}", page(f"n{number}", f"{wrapping}\n{note}", url=f"https://example.org/{number}"))
    minhash = {"bands": 28, "rows": 4, "threshold": 0.4, "exact": True}
    wrapped = corpus.run(STEPS, dedup(minhash=minhash), output="wrapped")
    assert sum(row["rejected_by"] == "dedup.near" for row in verdicts(wrapped).values()) == 19
    bare = corpus.run(STEPS, dedup(minhash=minhash, paragraphs={"documents": 2}))
    assert not any(row["rejected_by"] for row in verdicts(bare).values())
