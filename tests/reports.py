"""Two small runs for the tests of reports: documents in eight languages, hostile ones, and a bound that moved."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.answers.documents import documents_at
from pipeline.answers.sample import Criteria, draw, specimens
from pipeline.config import load
from pipeline.pages.documents import document
from pipeline.pages.frame import Section, page
from pipeline.pages.html import joined
from pipeline.pages.words import Words
from pipeline.run import Local, run
from tests.runs import Silent

LINES = {  # a sentence of each language, as a document repeats and varies it
    "eng_Latn": "The river that runs through the valley was measured by the engineers of the old town in spring",
    "zho_Hans": "工程师们在春天测量了流经山谷的河流，并且把水位的变化写在了老城的记录里",
    "jpn_Jpan": "技師たちは春に谷を流れる川を測り、水位の変化を古い町の記録に書いた",
    "arb_Arab": "قاس مهندسو المدينة القديمة النهر الذي يجري في الوادي في الربيع وكتبوا ذلك",
    "tha_Thai": "วิศวกรของเมืองเก่าวัดแม่น้ำที่ไหลผ่านหุบเขาในฤดูใบไม้ผลิและบันทึกระดับน้ำไว้",
    "hin_Deva": "पुराने शहर के अभियंताओं ने वसंत में घाटी से बहने वाली नदी को नापा और लिखा",
    "heb_Hebr": "מהנדסי העיר העתיקה מדדו באביב את הנהר הזורם בעמק ורשמו את גובה המים",
    "rus_Cyrl": "Инженеры старого города весной измерили реку, которая течёт через долину, и записали уровень",
}
PER_LANGUAGE = 8
HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=alert(1)> & </p></article></main>",
    "</script></style><iframe src='https://evil.example/'></iframe><a href='javascript:alert(1)'>press</a>",
    "‮turned round‬ ⁦isolated⁩ ‏mark",
    '=HYPERLINK("https://evil.example";"x") +1+1 @SUM(A1) -2+3',
    "<meta http-equiv=refresh content=0;url=https://evil.example/><base href=https://evil.example/>",
    "x" * 1_000_000,
    "&lt;b&gt; &#60;script&#62; {{7*7}} ${7*7} {0.__class__} {name}",
    '<svg onload=alert(1)><style>*{display:none}</style><math><mi//xlink:href="data:x,<script>alert(1)</script>">',
)


def documents(language: str) -> list[dict[str, str]]:
    """Return documents of a language: each longer than the one before."""
    line = LINES[language]
    return [
        {
            "key": f"{language}-{number}",
            "text": "\n".join(f"{line} {number}.{part}" for part in range(1 + 2 * number)),
            "title": f"{language} {number}",
            "url": f"https://{language[:3]}{number % 2}.example/{number}",
        }
        for number in range(PER_LANGUAGE)
    ]


def hostile() -> list[dict[str, str]]:
    """Return documents that would be more than text, in every field."""
    return [
        {
            "key": f"hostile {number}",
            "text": f"{text}\n{LINES['eng_Latn']} {number} " * (1 if len(text) > 10_000 else 4),
            "title": text[:300],
            "url": f"https://hostile.example/{number}?{text[:40]}",
        }
        for number, text in enumerate(HOSTILE)
    ]


def configuration(folder: Path, words: int, name: str = "river") -> Path:
    """Write the configuration of a run over those documents; `words` is the least number that passes."""
    rows: Mapping[str, Sequence[Mapping[str, str]]] = {
        **{language: documents(language) for language in LINES},
        "hostile": hostile(),
    }
    sources = []
    for source, each in rows.items():
        path = folder / f"{source}.jsonl"
        if not path.exists():
            path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in each), encoding="utf-8")
        settings = {
            "kind": "jsonl",
            "name": source,
            "paths": [str(path)],
            "fields": {"id": "key", "text": "text", "title": "title", "url": "url"},
            "license": "CC-BY-4.0" if source != "hostile" else "CC0-1.0",
            "language": source if source != "hostile" else "eng_Latn",
            "contributor": f"Supplier <{source}>",
        }
        sources.append(settings)
    steps = [
        {"name": "hidden_text"},
        {"name": "machine_text"},
        {"name": "pii"},
        {"name": "gopher_quality", "words": {"min": words}, "stop_words": {"min": 0}, "mean_word_length": {"max": 9}},
    ]
    stages = [
        {"name": "documents", "sources": sources, "steps": steps, "task_bytes": 20_000},
        {"name": "dedup"},
        {"name": "publish", "title": "River", "unlicensed": True},
    ]
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps({"name": name, "output": str(folder / name), "stages": stages}), encoding="utf-8")
    return path


def hostile_page(place: str) -> str:
    """Return a page of all hostile documents of a run."""
    found = documents_at(place)
    drawn = specimens(found, draw(found, Criteria(source="hostile"), len(HOSTILE)))
    words = Words("en")
    shown = joined(document(specimen, words) for specimen in drawn)
    return page("Hostile", words, [Section("documents", "Documents", shown)])


def made_run(folder: Path, words: int, name: str = "river") -> str:
    """Run it in this process, and return its output folder."""
    ended = run(load(str(configuration(folder, words, name))), Local(), Silent())
    assert not ended.failures
    return str(folder / name)
