import random

import pytest

from pipeline.records.synop import observation
from tests.pipeline.records.second import second


def test_a_second_reader_reads_the_same_values() -> None:
    synop = second("pymetdecoder.synop").SYNOP
    source = random.Random(11)
    for _ in range(60):
        temperature, dew = (f"{source.randrange(2)}{source.randrange(300):03}" for _ in range(2))
        pressure = source.choice([f"{source.randrange(9500, 9999)}", f"0{source.randrange(400):03}"])
        wind = f"{source.randrange(9)}{source.randrange(1, 37):02}{source.randrange(1, 40):02}"
        tendency = f"{source.randrange(9)}{source.randrange(99):03}"
        rain = f"{source.choice([source.randrange(1, 200), source.randrange(991, 999)]):03}{source.randrange(1, 5)}"
        said = f"10384 117{source.randrange(1, 50):02} {wind} 1{temperature} 2{dew} 3{pressure} 4{pressure}"
        said += f" 5{tendency} 6{rain}"
        ours, theirs = observation(said, "01124").facts, synop().decode(f"AAXX 01124 {said}")
        assert float(str(ours["temperature"])) == theirs["air_temperature"]["value"], said
        assert float(str(ours["dew_point"])) == theirs["dewpoint_temperature"]["value"], said
        assert float(str(ours["station_pressure"])) == theirs["station_pressure"]["value"], said
        assert float(str(ours["pressure"])) == theirs["sea_level_pressure"]["value"], said
        assert float(str(ours["rain"])) == theirs["precipitation_s1"]["amount"]["value"], said
        assert float(str(ours["rain_hours"])) == theirs["precipitation_s1"]["time_before_obs"]["value"], said
        assert float(str(ours["visibility"]).split()[0]) * 1000 == pytest.approx(theirs["visibility"]["value"]), said
        assert str(ours["speed"]).split() == [f"{theirs['surface_wind']['speed']['value']:02}", "kt"], said
        assert int(str(ours["direction"])) == theirs["surface_wind"]["direction"]["value"], said


@pytest.mark.parametrize(
    ("said", "name", "value"),
    [
        ("10384 11/// /0000", "calm", "00 m/s"),
        ("10384 11499 /9905 29081", "humidity", "81"),
        ("10384 11450 80599 00112 10012", "speed", "112 m/s"),
        ("10384 11498 20102 10012 69901", "trace", "6"),
        ("10384 11498 20102 10012 76166", "weather", "ww6"),
        ("10384 11498 20102 10012 333 10125 21041 46012", "snow", "12"),
        ("10384 11498 20102 10012 333 21041", "minimum", "-4.1"),
        ("10384 11497 20102 10012 222// 00102", "visibility", "10 km"),
        ("10384 11400 20102", "visibility", "< 0.1 km"),
    ],
)
def test_a_group_says_what_the_code_form_says(said: str, name: str, value: str) -> None:
    assert observation(said, "01121").facts[name] == value
