import random
import warnings
from collections.abc import Iterator

import pytest

from pipeline.records.facts import Parts
from pipeline.records.metar import report
from tests.pipeline.records.second import second

WEATHER = ["", "-RA", "+SHSN", "TSRA", "FZDZ", "BR", "VCSH", "BCFG", "-DZ BR"]
CLOUDS = ["", "FEW008", "SCT012 BKN030CB", "OVC002", "VV001", "NSC"]
WINDS = ["00000KT", "VRB02KT", "24015G28KT", "31007MPS", "09012KT 060V120", "18040G55KT"]


def reports() -> Iterator[str]:
    source = random.Random(7)
    for _ in range(60):
        degrees = [source.choice(["", "M"]) + f"{source.randrange(30):02}" for _ in range(2)]
        visibility = source.choice(["9999", "0350", "4000", "3SM", "1/2SM", "1 1/2SM", "10SM", "CAVOK"])
        pressure = source.choice([f"Q{source.randrange(960, 1050):04}", f"A{source.randrange(2850, 3080)}"])
        body = f"{source.choice(WINDS)} {visibility} {source.choice(WEATHER)} {source.choice(CLOUDS)}"
        time = f"21{source.randrange(24):02}{source.randrange(60):02}Z"
        yield f"METAR EDDM {time} {' '.join(body.split())} {'/'.join(degrees)} {pressure}"


def test_a_second_reader_reads_the_same_values() -> None:
    metar = second("metar.Metar")
    for said in reports():
        facts = report(said, "METAR", "").facts
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = metar.Metar(said)
        assert facts["station"] == theirs.station_id
        assert float(str(facts["temperature"])) == theirs.temp.value("C"), said
        assert float(str(facts["dew_point"])) == theirs.dewpt.value("C"), said
        number, unit = str(facts["pressure"]).split()
        assert float(number) == pytest.approx(theirs.press.value({"hPa": "HPA", "inHg": "IN"}[unit]))
        speed = str(facts.get("speed") or facts.get("variable") or facts["calm"]).split()
        assert float(speed[0]) == pytest.approx(theirs.wind_speed.value({"kt": "KT", "m/s": "MPS"}[speed[1]])), said
        assert bool(facts.get("weather")) == bool(theirs.weather), said
        layers = [sky for sky in theirs.sky if sky[0] in ("FEW", "SCT", "BKN", "OVC")]
        clouds = [cloud for cloud in facts.get("clouds", ()) if isinstance(cloud, Parts) and cloud[0] != "VV"]
        heights = [part for cloud in clouds for part in cloud if part.startswith("(")]
        assert heights == [f"({int(height.value('FT'))} ft)" for _, height, _ in layers], said


@pytest.mark.parametrize(
    ("said", "name", "value"),
    [
        ("METAR AAAA 010000Z 00000MPS", "calm", "00 m/s"),
        ("METAR AAAA 010000Z 22010KMH", "speed", "10 km/h"),
        ("METAR AAAA 010000Z 220P99KT", "speed", ">99 kt"),
        ("METAR AAAA 010000Z AUTO 22010KT 9999NDV", "speed", "10 kt"),
        ("METAR AAAA 010000Z 22010KT M1/4SM", "visibility", "<1/4 statute miles"),
        ("METAR AAAA 010000Z 22010KT 10/ Q0998", "pressure", "998 hPa"),
        ("METAR AAAA 010000Z 22010KT RMK SLP982 T10171028", "exact_temperature", "-1.7"),
        ("METAR AAAA 010000Z 22010KT RMK SLP982", "sea_pressure", "998.2"),
        ("METAR AAAA 010000Z 22010KT R24L/0800V1200FT/U", "runways", ["24L: 0800–1200 ft"]),
        ("TAF AAAA 010000Z 0100/0206 22010KT FM011500 25012KT 9999", "from_hour", "00:00"),
    ],
)
def test_a_group_says_what_the_code_form_says(said: str, name: str, value: object) -> None:
    assert report(said, said.split()[0], "").facts[name] == value


def test_changes_have_their_time_wind_and_probability() -> None:
    said = "TAF AAAA 010000Z 0100/0206 22010KT FM011500 25012G22KT PROB40 TEMPO 0118/0120 TSRA"
    assert report(said, "TAF", "").facts["changes"] == [
        dict.fromkeys(("visibility", "weather", "clouds"))
        | {"kind": "FM", "when": "01, 15:00", "wind": ("250°", "12 kt", "(22 kt)")},
        dict.fromkeys(("visibility", "wind", "clouds"))
        | {"kind": "PROB40 TEMPO", "when": "01, 18:00 – 01, 20:00", "weather": ("TS", "RA")},
    ]
