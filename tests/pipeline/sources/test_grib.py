from collections import Counter
from datetime import date
from pathlib import Path

import eccodes
import pytest
from pydantic import ValidationError

from pipeline.sources.base import Row
from pipeline.sources.grib import Grib
from tests.pipeline.sources.conftest import OneRow, Rows


def message(edition: int, name: str, level: int) -> bytes:
    handle = eccodes.codes_grib_new_from_samples(f"GRIB{edition}")
    keys = {"centre": "ecmf", "dataDate": 20240229, "dataTime": 600, "shortName": name}
    keys |= {"typeOfLevel": "isobaricInhPa", "level": level}
    for key, value in keys.items():
        eccodes.codes_set(handle, key, value)
    content = eccodes.codes_get_message(handle)
    eccodes.codes_release(handle)
    return content


@pytest.fixture
def grib(tmp_path: Path, read: Rows) -> OneRow:
    """Write bytes as a GRIB file and return its row."""

    def row(content: bytes, skipped: Counter[str] | None = None) -> Row:
        path = tmp_path / "a.grib"
        path.write_bytes(content)
        (found,) = read(Grib(name="forecasts", paths=(str(path),), license="CC-BY-4.0"), skipped)
        return found

    return row


@pytest.mark.parametrize("edition", [1, 2])
def test_the_fields_of_a_file_are_listed_by_parameter(grib: OneRow, edition: int) -> None:
    row = grib(b"".join(message(edition, name, level) for name in ("t", "u") for level in (500, 850)))
    assert row["text"].startswith("# European Centre for Medium-Range Weather Forecasts: 2024-02-29 0600 UTC\n\n")
    for level in (500, 850):
        assert f"| Temperature | t | K | isobaricInhPa {level} | 0 |" in row["text"]
        assert f"| U component of wind | u | m s**-1 | isobaricInhPa {level} | 0 |" in row["text"]
    assert (row["published"], row["domain"]) == (date(2024, 2, 29), "meteorology")


def test_what_lies_between_messages_and_half_a_message_do_no_harm(grib: OneRow) -> None:
    first, second = message(2, "t", 500), message(2, "u", 500)
    text = grib(b"junk GRIB junk" + first + b"\0" * 50 + second + first[:60])["text"]
    assert text.count("isobaricInhPa 500 | 0 |") == 2


def test_what_the_values_of_a_field_say_is_told(grib: OneRow) -> None:
    handle = eccodes.codes_grib_new_from_samples("regular_ll_pl_grib2")
    values = [280.0] * eccodes.codes_get_size(handle, "values")
    values[0], values[17] = 250.5, 310.25
    eccodes.codes_set(handle, "bitmapPresent", 1)
    eccodes.codes_set(handle, "missingValue", 9999)
    values[3] = 9999
    eccodes.codes_set_values(handle, values)
    north, east = (eccodes.codes_get_array(handle, key)[17] for key in ("latitudes", "longitudes"))
    text = grib(eccodes.codes_get_message(handle))["text"]
    eccodes.codes_release(handle)
    assert f"{float(north):.7g}° N, {float(east):.7g}° E" in text
    assert all(said in text for said in ("250.5", "310.25", f"{len(values) - 1} values"))


def test_what_has_no_message_is_rejected(grib: OneRow) -> None:
    skipped: Counter[str] = Counter()
    damaged = b"GRIB\0\0\0\2" + (40).to_bytes(8, "big") + b"\xff" * 20 + b"7777"
    for content in (b"", b"no fields here", message(2, "t", 1)[:50], damaged):
        assert grib(content, skipped)["rejected_by"] in ("grib.not_grib", "grib.no_field")


def test_a_library_that_is_not_there_is_an_error_of_the_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shards.extras.find_spec", lambda module: None)
    with pytest.raises(ValidationError, match=r"make extras EXTRAS=grib"):
        Grib(name="x", paths=("x",))
