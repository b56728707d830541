"""Labelled texts by a rule that can be learnt: articles and advertisements in two languages, and a configuration."""

import json
import random
from pathlib import Path

from pipeline.training.head_settings import Training

GOOD = {
    "eng_Latn": ["river", "measured", "engineers", "report", "describes", "floods", "earlier", "years", "of", "the"],
    "zho_Hans": ["研究", "报告", "测量", "河流", "洪水", "年代", "工程", "描述", "历史", "数据"],
}
BAD = {
    "eng_Latn": ["buy", "cheap", "now", "order", "shipping", "free", "sale", "discount", "cart", "best"],
    "zho_Hans": ["购买", "便宜", "立即", "下单", "包邮", "打折", "优惠", "点击", "价格", "促销"],
}
FORM = {"good": "article", "bad": "shop"}


def row(language: str, good: bool, n: int, words: int = 40) -> dict[str, object]:
    draw = random.Random(f"{language} {good} {n}")
    own, other = (GOOD, BAD) if good else (BAD, GOOD)
    text = " ".join(draw.choice(own[language] if draw.random() < 0.75 else other[language]) for _ in range(words))
    return {
        "id": f"{language}-{good}-{n}",
        "lang": language,
        "url": f"https://www.host{n % 20}.example/{n}",
        "text": text,
        "informative": int(good),
        "form": FORM["good" if good else "bad"],
        "licence": "CC0-1.0" if n % 4 else "none stated",
        "weights": "yes" if n % 4 else "no",
    }


def rows(count: int = 60) -> list[dict[str, object]]:
    """Return rows of both languages and kinds, of 20 hosts, some longer than others."""
    return [
        row(language, good, n, 30 + n % 7 * 10) for language in GOOD for good in (True, False) for n in range(count)
    ]


def written(path: Path, found: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found), encoding="utf-8")
    return path


def settings(folder: Path, path: Path, **more: object) -> Training:
    """Return a training of `informative` on a file of rows; `more` replaces what is said here."""
    said: dict[str, object] = {
        "name": "small",
        "output": str(folder / "models"),
        "heads": {"informative": {"less": ["commercial"]}, "commercial": {}},
        "admitted": {"licences": ["CC0*"], "weights": ["yes"]},
        "learning": {"dimensions": 4, "epochs": 5, "fewest": 1, "pairs": 1024},
        "words": {"least": 2},
        "folds": 2,
        "data": [
            {
                "name": "made",
                "paths": [str(path)],
                "language": "lang",
                "host": "url",
                "weights": "weights",
                "targets": {
                    "informative": {"field": "informative", "positive": [1], "negative": [0]},
                    "commercial": {"field": "form", "positive": ["shop"], "negative": "others"},
                },
                "classes": ["form"],
            }
        ],
    }
    return Training.model_validate(said | more)
