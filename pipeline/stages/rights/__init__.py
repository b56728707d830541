"""The stages of rights: counts by host, verdicts on hosts, verdicts on documents."""

from pipeline.stages.rights.verdicts import Rights

__all__ = ["Rights"]
