"""What a page calls itself in its head: an article, a discussion, a product, something with a date."""

import numpy as np
import numpy.typing as npt

from shards.compiled import compiled

KINDS = 4
ARTICLE = 0
DISCUSSION = 1
PRODUCT = 2
DATED = 3
HEAD = 200_000  # bytes searched for what a page calls itself, after a quote, a slash or a space
MARKS = (
    (b'NewsArticle"', ARTICLE), (b'Article"', ARTICLE), (b'BlogPosting"', ARTICLE), (b'content="article"', ARTICLE),
    (b"DiscussionForumPosting", DISCUSSION), (b"QAPage", DISCUSSION), (b'Product"', PRODUCT),
    (b'content="product', PRODUCT), (b"article:published_time", DATED), (b"datePublished", DATED),
)  # fmt: skip
_MARKS = (
    np.frombuffer(b"".join(mark for mark, _ in MARKS), np.uint8),
    np.cumsum([0, *(len(mark) for mark, _ in MARKS)], dtype=np.int32),
    np.array([kind for _, kind in MARKS], np.int32),
    np.isin(np.arange(256), [mark[0] for mark, _ in MARKS]).astype(np.uint8),
    np.isin(np.arange(256), list(b"\"'/ ")).astype(np.uint8),
)


def kinds_of(html: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return 1 for every kind that a page's head calls it, by the numbers above."""
    return _kinds_of(html[:HEAD], *_MARKS)


@compiled
def _kinds_of(
    head: npt.NDArray[np.uint8],
    marks: npt.NDArray[np.uint8],
    first: npt.NDArray[np.int32],
    kind: npt.NDArray[np.int32],
    begins: npt.NDArray[np.uint8],
    before: npt.NDArray[np.uint8],
) -> npt.NDArray[np.float32]:
    """Return 1 for every kind of which a mark occurs; one pass that looks closer where one can begin."""
    kinds = np.zeros(KINDS, np.float32)
    size = np.uint64(max(len(head), 1))
    for at in range(np.uint64(1), size):  # unsigned: no index counts from the end
        if begins[head[at]] & before[head[at - np.uint64(1)]] > 0:
            for number in range(len(kind)):
                start, end = first[number], first[number + 1]
                if at + np.uint64(end - start) > size:
                    continue
                same = True
                for offset in range(np.uint64(end - start)):
                    if head[at + offset] != marks[np.uint64(start) + offset]:
                        same = False
                        break
                if same:
                    kinds[kind[number]] = 1
    return kinds
