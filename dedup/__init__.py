"""De-duplication: exact and near duplicates found, verified and resolved in steps that are pure functions.

Every step takes bounded input, gives the same result whatever the order of its input, and can be done again. On one
page, as a stage does it shard by shard and partition by partition:

>>> import numpy as np
>>> import pyarrow as pa
>>> from dedup.candidates import candidate_edges, combine
>>> from dedup.components import components
>>> from dedup.minhash import MinHashSettings, band_keys, empty, signatures
>>> from dedup.records import nodes_of, partitioned, records_of
>>> from dedup.survivors import among_languages, preference, survivors
>>> from dedup.verify import Comparison, verified_edges

>>> settings = MinHashSettings(bands=14, rows=8, threshold=0.8, exact=False)
>>> page = " ".join(f"word{number}" for number in range(100))
>>> shards = [
...     pa.array([page, "short", page.upper() + " !"]),
...     pa.array([page + " More.", "", "海內存知己，天涯若比鄰。無為在歧路，兒女共沾巾。"]),
...     pa.array(["海内存知己天涯若比邻无为在歧路儿女共沾巾", "short #", ""]),
... ]

Map, one task per shard: signatures stay with the shard, band keys go to their partition. `combine` leaves one record
per key and shard, so that no bucket is larger than the number of shards; its edges join those of the partitions.

>>> partitions, edges = 4, []
>>> signed, outgoing = [], []
>>> for ordinal, texts in enumerate(shards):
...     signature = signatures(texts, settings)
...     nodes = nodes_of(ordinal, len(texts))
...     keys = band_keys(signature, settings.bands, settings.rows)
...     records, local = combine(records_of(keys, nodes, empty(signature)))
...     signed.append(signature)
...     edges.append(local)
...     outgoing.append(partitioned(records, partitions))

Reduce, one task per partition: a star for each bucket. Then the components of the candidate graph.

>>> from dedup.records import merged
>>> for partition in range(partitions):
...     candidates = candidate_edges(merged([records[partition] for records in outgoing]))
...     edges.append(candidates.edges)
>>> candidate = components(np.concatenate(edges))
>>> candidate.nodes.tolist() == [0, 2, 1 << 32, (1 << 32) + 2, 2 << 32]
True

Verify, one task per group of candidate components: fetch the signatures of its nodes, compare, and let the best stay.

>>> from dedup.records import rows_of, shards_of
>>> of = candidate.nodes
>>> comparison = Comparison.of(settings, np.stack([signed[s][r] for s, r in zip(shards_of(of), rows_of(of))]))
>>> verified = verified_edges(candidate, comparison)
>>> clusters = components(verified.edges, candidate.nodes)
>>> documents = pa.table({
...     "rights": [0, 0, 0, 0, 0],
...     "language": ["eng_Latn"] * 5,
...     "quality": [0.5, 0.7, None, 0.1, 0.1],
...     "length": [700, 700, 700, 23, 20],
...     "date": [2020, 2019, 2018, 2021, 2021],
...     "id": ["a", "b", "c", "d", "e"],
... })
>>> ranked = documents.append_column("among_languages", pa.array(among_languages(documents, clusters)))
>>> standing = survivors(clusters, preference(ranked), comparison)
>>> standing.column("duplicates").to_pylist()
[0, 3, 0, 2, 0]
"""
