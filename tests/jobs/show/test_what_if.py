"""What-if in a terminal."""

import io
from collections import Counter

from filters.fineweb import FineWeb
from jobs.show.console import console
from jobs.show.what_if import show_what_if
from pipeline.answers.moves import Move
from pipeline.answers.what_if import Changed, WhatIf, what_if_as_json


def test_it_says_what_changes_sides_and_how_a_run_is_given_the_bounds() -> None:
    after = FineWeb.model_validate({"newlines": {"max": 0.5}})
    move = Move(None, FineWeb(), after, "newlines", 3)
    answer = WhatIf(
        (move,),
        Counter(deu_Latn=5, tha_Thai=1),
        {"fineweb.newlines": Counter(tha_Thai=1)},
        Counter(deu_Latn=4),
        {"fineweb.newlines": Counter(deu_Latn=2, tha_Thai=2)},
        Counter(deu_Latn=1),
        {("rejected", "kept"): Counter(deu_Latn=1, tha_Thai=1), ("rejected", "unmeasured"): Counter(deu_Latn=1)},
        [Changed("\x1b[31mid", "deu_Latn", "rejected", "kept", "fineweb.newlines", None, 0, 0)],
    )
    recording = console(record=True, file=io.StringIO())
    show_what_if(recording, "out/it", answer)
    shown = recording.export_text()
    assert "fineweb.newlines [-inf, 0.3] → [-inf, 0.5], except in 3 languages with filters of their own" in shown
    assert "kept 4 → 6, and 1 more are unknown" in shown
    assert "yuliao run CONFIG --set 'stages.documents.steps.fineweb.newlines={max: 0.5}'" in shown
    assert "\x1b[31mid" not in shown
    told = what_if_as_json(answer)
    assert told["changes"] == [
        {"before": "rejected", "after": "kept", "languages": {"deu_Latn": 1, "tha_Thai": 1}},
        {"before": "rejected", "after": "unmeasured", "languages": {"deu_Latn": 1}},
    ]
