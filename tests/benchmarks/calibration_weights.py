"""What `k` of a calibration buys: how much a language's own documents weigh against its relatives'.

    python -m tests.benchmarks.calibration_data ../shared/data build/calibration
    python -m tests.benchmarks.calibration_weights configs/languages/calibration.yaml

Texts are read once; each `k` and each division of the hosts and articles is fitted anew and judged by the half that was
held back. A language with few documents of its own (`few`: under 30 in the reference) is where `k` decides.
"""

import statistics
import sys
from collections import Counter

from pipeline.calibration.calibrate import Calibrated, calibrate, texts_of
from pipeline.calibration.settings import Calibration
from pipeline.config import load_as

WEIGHTS = (5, 20, 80)
SPLITS = (0, 1, 2)
FEW = 30


def kept(calibrated: Calibrated) -> dict[str, float]:
    """Return what the calibrated chains keep of each kind; `few` of it is of languages with little to fit on."""
    sizes = Counter(calibrated.reference.languages.tolist())
    found, documents = Counter[str](), Counter[str]()
    for one in calibrated.outcomes:
        if one.chain == "calibrated":
            few = [f"{one.kind}, few"] if sizes[one.language] < FEW else []
            for kind in (one.kind, *few):
                found[kind] += one.kept
                documents[kind] += one.documents
    return {kind: found[kind] / documents[kind] for kind in documents if documents[kind] >= FEW}


def main(config: str) -> None:
    """Print a table: a row per kind of text, a column per `k`, the share kept in each division."""
    settings = load_as(Calibration, config, ())
    texts = texts_of(settings)
    shares = {
        (k, split): kept(
            calibrate(
                settings.model_copy(
                    update={"split": split, "method": settings.method.model_copy(update={"k": float(k)})}
                ),
                texts,
            )
        )
        for k in WEIGHTS
        for split in SPLITS
    }
    print(f"| held back, divisions {SPLITS} | {' | '.join(f'k {k}' for k in WEIGHTS)} |")
    print(f"|---|{'---|' * len(WEIGHTS)}")
    for kind in dict.fromkeys(kind for found in shares.values() for kind in found):
        cells = []
        for k in WEIGHTS:
            values = [shares[k, split][kind] for split in SPLITS if kind in shares[k, split]]
            cells.append(f"{', '.join(f'{value:.1%}' for value in values)} (mean {statistics.mean(values):.2%})")
        print(f"| {kind} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
