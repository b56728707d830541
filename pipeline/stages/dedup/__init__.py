"""Copies removed, level by level, in stages that restart like any other.

    lines …      with `paragraphs` only: four stages that take repeated lines out of the texts
    signatures   a task per shard of documents   signature, keys and rank of each document
    keys         a task per group of shards      who shares a key within the group; its records by partition
    candidates   a task per partition of keys    who shares a key with whom, across groups and earlier releases
    stars …      only above 32 million edges     rounds over partitions of the nodes: `pipeline.stages.dedup.rounds`
    components   one task; after rounds more     who might be a copy of whom, through others
    survivors    a task per partition of those   every pair verified; of each group of copies, who stands for whom
    copies       a task per group of shards      what became of its documents that have copies
    dedup        a task per shard of documents   the verdicts
    index        a task per group and partition  what a later run is de-duplicated against

`dedup.levels` says what is a copy of what, and `earlier` what an index holds.
"""

from pipeline.stages.dedup.verdicts import Dedup

__all__ = ["Dedup"]
