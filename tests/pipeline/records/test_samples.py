"""A sample of every format, written by hand to what the format's publisher says, and what is told of it.

A second reader accepts each: lxml, python-metar, pymetdecoder, foamlib, meshio, netCDF4, where they are installed.
"""

import contextlib
import gc
import io
import json
import random
import re
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from pipeline.records.facts import Record, numbers
from pipeline.records.openfoam import dictionary
from pipeline.records.telling import Language, phrases_of, rendered
from pipeline.sources.records import FORMATS
from tests.pipeline.records.second import second

h5py = pytest.importorskip("h5py", reason="h5py is not installed: make extras EXTRAS=science")

SAMPLES = Path(__file__).with_name("samples")
LANGUAGES: tuple[Language, ...] = ("eng_Latn", "zho_Hans")
TEXTS = {
    "pubmed": ("articles.xml",),
    "clinical_trials": ("studies.json",),
    "drug_labels": ("labels.json",),
    "optimade": ("structures.json",),
    "weather": ("reports.txt", "discussion.txt"),
    "vtk": ("cavity.vtk",),
    "profiles": ("channel.dat",),
}


def case() -> bytes:
    """Return the sample case as the reader of its archive hands it on."""
    folder = SAMPLES / "cavity"
    files = {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}
    return json.dumps({"case": "cavity", "files": files}).encode()


def hdf5(*, links: bool = True) -> bytes:
    with h5py.File(buffer := io.BytesIO(), "w") as file:
        file.attrs["title"] = "Wind tunnel run 7"
        speed = file.create_dataset("runs/u", data=np.array([[1.5, 2.25], [3.125, np.nan]], "f4"))
        speed.attrs.update({"units": "m/s", "long_name": "streamwise velocity"})
        if not links:
            return _closed(file, buffer)
        file["away"] = h5py.ExternalLink("/etc/passwd", "/")
        file["turn"] = file["runs"]
    return buffer.getvalue()


def _closed(file: Any, buffer: io.BytesIO) -> bytes:
    file.close()
    return buffer.getvalue()


def archive() -> bytes:
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w") as tar:
        tar.add(SAMPLES / "cavity", "tutorials/cavity")
    return buffer.getvalue()


def samples() -> Iterator[tuple[str, bytes]]:
    for form, names in TEXTS.items():
        yield from ((form, (SAMPLES / name).read_bytes()) for name in names)
    yield "openfoam", case()
    yield "hdf5", hdf5()


def shaken(content: bytes, seed: int) -> bytes:
    """Return a text whose decimal fractions have other digits: as many, and the same signs."""
    source = random.Random(seed)
    return re.sub(
        rb"(?<=\d\.)\d+", lambda found: b"%0*d" % (len(found[0]), source.randrange(10 ** len(found[0]))), content
    )


def literal(record: Record, language: Language) -> set[str]:
    """Return the numbers that the phrases of a record have of their own, which no record gave."""
    named = {record.phrases, *(part.phrases for part in record.parts)}
    return {number for name in named for number in numbers(phrases_of(name)[language].model_dump_json())}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("form", "content"), list(samples()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_number_of_a_record_is_told_as_it_is_spelt_or_counted(
    form: str, content: bytes, language: Language
) -> None:
    for seed in range(5):
        records = list(FORMATS[form].read(shaken(content, seed) if form != "hdf5" else content))
        assert records
        for number, record in enumerate(records):
            found = rendered(record, language, number)
            there, said = numbers(record.content), numbers(found.text)
            assert set(said) - set(there) <= literal(record, language)  # none is made up, rounded or converted
            assert found.left_out == record.unread + sum(there[one] for one in set(there) - set(said))
            assert found.text


@pytest.mark.parametrize(
    ("form", "language", "said"),
    [
        (
            "pubmed",
            "eng_Latn",
            ["Ca²⁺", "Results: Serum 25(OH)D rose by 31.4 nmol/L (95% CI 28.9 to 33.9", "10.5555/jim.2021.0101"],
        ),
        ("pubmed", "zho_Hans", ["随机对照试验", "观察60例膝痛患者"]),
        ("clinical_trials", "eng_Latn", ["340", "Norway and Chile", "| Onset of diabetes | Placebo | 38 |", "phase 3"]),
        ("clinical_trials", "zho_Hans", ["双盲", "实际入组", "| Placebo | 安慰剂对照组 |"]),
        ("drug_labels", "eng_Latn", ["2023-05-17", "more than 4,000 mg in 24 hours", "## Warnings"]),
        ("drug_labels", "zho_Hans", ["人用非处方药", "口服"]),
        ("optimade", "eng_Latn", ["| band gap eV | 5.0030 |", "-2.0721e0", "| Cl | 2.8201 | 2.8201 | 2.8201 |"]),
        (
            "weather",
            "eng_Latn",
            ["12 m/s", "1 1/2 statute miles", "29.92 inHg", "1013.2 hPa", "1019.7 hPa", "freezing fog"],
        ),
        ("weather", "zho_Hans", ["强雪", "短时，概率30 %", "海平面"]),
        (
            "openfoam",
            "eng_Latn",
            ["icoFoam", "| movingWall | U | fixedValue | value uniform (1 0 0) |", "| p | 8.4e-07 |"],
        ),
        ("openfoam", "zho_Hans", ["PISO", "0.852134"]),
        ("vtk", "eng_Latn", ["| U | point | 3 | 0 | 0.388889 | 1 |", "3 × 3 × 1"]),
        ("profiles", "eng_Latn", ["| Re_tau | 178.12 |", "| u'u'+ | 0.0000e+00 |", "| 6.75000e-02 | 12.0240 |"]),
        ("hdf5", "eng_Latn", ["| runs/u | streamwise velocity | m/s | 2 × 2 | 1.5 | 2.29167 | 3.125 |", "(1, 0)"]),
        ("hdf5", "zho_Hans", ["3.125 m/s"]),
    ],
)
def test_what_matters_of_a_record_is_told(form: str, language: Language, said: list[str]) -> None:
    content = [content for name, content in samples() if name == form]
    records = [record for one in content for record in FORMATS[form].read(one)]
    text = "\n".join(rendered(record, language, number).text for number, record in enumerate(records))
    assert not [one for one in said if one not in text]


def test_people_are_not_told() -> None:
    texts = [
        rendered(record, "eng_Latn", 0).text for form, content in samples() for record in FORMATS[form].read(content)
    ]
    assert not re.search("Coordinator|555-0100|jane@|JQC", "\n".join(texts))


def test_links_out_of_a_file_are_not_followed() -> None:
    (record,) = FORMATS["hdf5"].read(hdf5())
    assert "passwd" not in rendered(record, "eng_Latn", 0).text


def test_a_second_reader_accepts_the_samples_of_hdf5_and_vtk(tmp_path: Path) -> None:
    with netCDF4.Dataset("memory", memory=hdf5(links=False)) as dataset:
        assert dataset.title == "Wind tunnel run 7"
    mesh = second("meshio").read(SAMPLES / "cavity.vtk")
    assert len(mesh.points) == 9
    assert float(mesh.point_data["p"].max()) == 4.5


def test_a_second_reader_reads_the_same_dictionaries() -> None:
    file = second("foamlib").FoamFile
    for path in ("system/controlDict", "system/fvSolution", "0/U"):
        theirs, ours = file(SAMPLES / "cavity" / path).as_dict(), dictionary((SAMPLES / "cavity" / path).read_text())
        assert set(theirs) - {"FoamFile"} == set(ours) - {"FoamFile"}
    control = file(SAMPLES / "cavity" / "system/controlDict")
    assert (control["application"], control["deltaT"]) == ("icoFoam", 0.005)


def seconds(form: str, content: bytes) -> float:
    gc.disable()  # what other tests have left in memory is looked through now and then: for a second, at times
    try:
        start = time.process_time()
        with contextlib.suppress(ValueError):
            list(FORMATS[form].read(content))
        return time.process_time() - start
    finally:
        gc.enable()


def in_case(**files: str) -> bytes:
    named = {name.replace("__", "/"): text for name, text in files.items()}
    return json.dumps({"case": "c", "files": {"system/controlDict": "a b;", **named}}).encode()


def wide(size: int) -> bytes:
    row = b"1 " * (size // 8)
    return b"\n".join([b" ".join(b"n%d" % place for place in range(size // 8)), row, row, row])


@pytest.mark.parametrize(
    ("form", "made"),
    [
        ("weather", lambda size: b".A...\nNational Weather Service x" + b" " * size + b"x\n$$"),
        ("weather", lambda size: b"TAF KJFK 010000Z" + b" PROB30" * size),
        ("openfoam", lambda size: in_case(log="\n" * size)),
        ("openfoam", lambda size: in_case(system__fvSchemes="#{" * (size // 2))),
        ("openfoam", lambda size: in_case(system__blockMeshDict=f"blocks {'hex(' * size};")),
        ("profiles", lambda size: wide(2 * size)),
    ],
)
def test_what_a_record_takes_grows_no_faster_than_it_does(form: str, made: Callable[[int], bytes]) -> None:
    """Eight times as large takes some eight times as long; each was quadratic, 64 times."""
    seconds(form, made(100))
    assert seconds(form, made(80_000)) < 24 * max(seconds(form, made(10_000)), 0.02)


def test_groups_that_lead_to_each_other_by_many_ways_are_read_once() -> None:
    with h5py.File(buffer := io.BytesIO(), "w") as file:
        group = file
        for _ in range(25):  # two ways down at each
            below = group.create_group("a")
            group["b"] = below
            group = below
        group["c"] = file
        group.create_dataset("u", data=[1.5, 2.5])
    (record,) = FORMATS["hdf5"].read(buffer.getvalue())
    assert [row["name"] for row in record.facts["datasets"]] == [f"{'a/' * 25}u"]  # type: ignore[index, call-overload]


def test_comments_are_no_text() -> None:
    articles = (SAMPLES / "articles.xml").read_bytes()
    hidden = re.sub(rb"(<(?:AbstractText|ArticleTitle|Title|PMID)[^>]*>)", rb"\1<!-- unseen 777 -->", articles)
    assert hidden != articles
    texts = [[rendered(record, "eng_Latn", 0) for record in FORMATS["pubmed"].read(one)] for one in (articles, hidden)]
    assert texts[0] == texts[1]
