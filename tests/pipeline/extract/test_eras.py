"""Days of other eras and in words become days of ours; whatever is no day stays as it is."""

from datetime import date, timedelta

import pytest

from pipeline.extract.eras import western
from pipeline.extract.metadata import parsed_date

SIGNS = "〇一二三四五六七八九"


def in_words(number: int) -> str:
    """Return a number up to 39 as Chinese has it: 二十一."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{SIGNS[tens]}十") + (SIGNS[ones] if ones else "")


@pytest.mark.parametrize("start", range(0, 365, 7))
def test_a_day_is_the_same_in_every_way_of_writing_it(start: int) -> None:
    for year, era, first in ((2019, "令和", 2018), (2023, "令和", 2018), (1995, "平成", 1988), (2008, "民國", 1911)):
        day = date(year, 1, 1) + timedelta(days=start)
        number = year - first
        in_era = "元" if number == 1 else f"{number}"
        assert parsed_date(f"{era}{in_era}年{day.month}月{day.day}日") == day
        words = "".join(SIGNS[int(digit)] for digit in str(year))
        for spelt in (words, words.replace("〇", "零"), words.replace("〇", "○")):
            assert parsed_date(f"{spelt}年{in_words(day.month)}月{in_words(day.day)}日 星期一") == day


@pytest.mark.parametrize(
    "text",
    ["令和の時代", "平成元年度の予算", "民国时期的建筑", "一九八四年出版", "年十月", "三年二班", "", "2022年2月13日"],
)
def test_what_is_no_day_of_an_era_stays(text: str) -> None:
    assert western(text) == text
