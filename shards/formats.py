"""The versions of what outlives a run, in one table: raise one when an older reader would misread what is written.

version       of                                                  where it is written
------------  --------------------------------------------------  -------------------------------------------------
`DOCUMENT`    the columns of a document: `shards.schema`          nowhere: a release's manifest lists the columns
`RECEIPT`     a task's receipt: `shards.receipts`                 nowhere: a stage's folder is named by the code
`RELEASE`     the folder of a release: `shards.release.manifest`  `format` in `release/manifest.json`
`EXPORT`      an export of a release: `shards.release.export`     `format` in `export.json`
`INDEX`       what a later run is de-duplicated against           `format` in `index/index.json`
`SIGNATURES`  folding, tokens, hashes of shingles and bands       begins `spec` in `index/index.json`: `minhash-v1`
`JOURNAL`     a crawl's journal: `pipeline.crawl.journal`         nowhere
"""

from typing import Literal

DOCUMENT = 2  # 1 had one domain, and an offset in place of a row
RECEIPT = 1
RELEASE = 3  # 2 had no digest of its card and no seal, 1 Arrow streams, and its lineage in the manifest
EXPORT = 2  # 1 had no digest of its card and no seal
INDEX: Literal[4] = 4  # 3 was known by its bytes, 2 had payload keys of another digest, 1 keys of 64 bits
SIGNATURES = 1
JOURNAL = 1
