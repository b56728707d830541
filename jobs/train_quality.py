"""`yuliao train-quality CONFIG`: train heads of quality (or of domains) from labelled texts, and write their card."""

from jobs.options import Overrides, repeated
from jobs.run import Config, Parameters
from jobs.show.console import console as new_console
from jobs.show.console import shown
from pipeline.config import load_as
from pipeline.overrides import overrides_of
from pipeline.training.head_settings import Training
from pipeline.training.heads import train_heads


def command(config: Config, parameter: Parameters = None, assign: Overrides = None) -> None:
    """Train the models that score quality or classify domains; write weights and a model card."""
    settings = load_as(Training, str(config), parameter or (), overrides_of(assign or ()))
    trained = train_heads(settings, repeated("train-quality", config, parameter, assign))
    console = new_console()
    for name, count in trained.counts.items():
        console.print(f"{name}: {count.admitted} rows, {count.refused} refused, {count.unlabelled} unlabelled")
    for head, groups in trained.figures.items():
        for of, figures in groups.items():
            if figures.auc is not None:
                console.print(
                    f"{head} · {of}: AUC {figures.auc:.3f} on {figures.rows} rows"
                    f" (length alone {figures.length_auc:.3f}, length matched {figures.matched_auc:.3f}),"
                    f" calibration error {figures.ece:.3f} (a perfect score: {figures.ece_floor:.3f}),"
                    f" precision {figures.precision:.3f}, recall {figures.recall:.3f}",
                    soft_wrap=True,
                )
    console.print(f"models and card: {shown(str(trained.folder))}", soft_wrap=True)
