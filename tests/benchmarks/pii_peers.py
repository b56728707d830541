"""presidio-analyzer's pattern recognisers over texts on standard input; `tests.benchmarks.pii` runs it.

A blank spaCy pipeline (tokens only) stands in for a model, so names and places are not looked for; those kinds are not
compared. Reads a JSON list of texts, writes {"version", "seconds", "found": [[[start, end, kind], …], …]}.
"""

import importlib.metadata
import json
import logging
import sys
import time

GROUPS = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "bank_card",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
}
IDENTITY = (
    *("_SSN", "_ITIN", "_NHS", "_NRIC", "_FIN", "_NIF", "_NIE", "_PESEL", "_AADHAAR", "_PAN", "_TNIN", "_RRN"),
    *("_FISCAL_CODE", "_IDENTITY_CARD", "_TFN", "_PERSONAL_IDENTITY_CODE", "_VOTER"),
)


def main() -> None:
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    logging.disable(logging.CRITICAL)
    engine = SpacyNlpEngine()
    engine.nlp = {"en": spacy.blank("en")}
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.recognizers = [r for r in registry.recognizers if "Spacy" not in type(r).__name__]
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine)
    start = time.process_time()
    found = []
    for text in json.load(sys.stdin):
        results = analyzer.analyze(text, language="en", score_threshold=0.3)
        named = [(r.start, r.end, _group(r.entity_type)) for r in results]
        found.append([span for span in named if span[2]])
    seconds = time.process_time() - start
    json.dump(
        {"version": importlib.metadata.version("presidio-analyzer"), "seconds": seconds, "found": found}, sys.stdout
    )


def _group(kind: str) -> str:
    return GROUPS.get(kind) or ("national_id" if kind.endswith(IDENTITY) else "passport" if "PASSPORT" in kind else "")


if __name__ == "__main__":
    main()
