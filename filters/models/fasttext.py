"""What a fastText classifier says of a batch of texts, by compiled loops: the labels and scores of the library, sooner.

A text is the mean of the vectors of its words and their character n-grams (Joulin et al. 2016); a linear layer scores
the labels: by a softmax, by a Huffman tree of yes-or-no questions (lid.176), or each by itself.
"""

import numpy as np
import numpy.typing as npt

from filters.models.fasttext_file import (
    EMPTY,
    ONE_OF_ALL,
    TREE,
    FasttextModel,
    Ints,
    Rows,
    Subwords,
    Vocabulary,
    hashed,
    word_hash,
)
from shards.arrays import Bytes, Places
from shards.compiled import compiled, inner

_START, _END = np.uint64(ord("<")), np.uint64(ord(">"))  # marks around a word
_FOLLOWS = 0x80  # upper bits of a byte that does not begin a character, of those that `_UPPER` masks
_UPPER = 0xC0
_LEAST = np.float32(1e-5)  # what the library adds to every answer
_LINE_END = np.frombuffer(b"</s>", np.uint8)  # what the library puts behind every line


def probabilities(model: FasttextModel, data: Bytes, offsets: Places) -> Rows:
    """Return texts x labels: how probable each label of the model is; 0 for a text of which it knows no part."""
    means = _means(data, offsets, model.words, model.subwords, model.rows, _LINE_END)
    scores = _scores(means, model.output)
    if model.loss == TREE:
        return _down(scores, model.tree)
    if model.loss == ONE_OF_ALL:
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        return np.asarray(scores / scores.sum(axis=1, keepdims=True), np.float32)
    return np.asarray(1 / (1 + np.exp(-scores)), np.float32)


@compiled
def _means(data: Bytes, offsets: Places, words: Vocabulary, subwords: Subwords, rows: Rows, line_end: Bytes) -> Rows:
    found = np.zeros((len(offsets) - 1, rows.shape[1]), np.float32)
    total = np.zeros(rows.shape[1], np.float32)
    longest = 0
    for text in range(len(found)):
        longest = max(longest, offsets[text + 1] - offsets[text])
    parts = np.zeros((3 * longest + 8) * (subwords.longest + subwords.words + 1), np.int64)
    hashes = np.zeros(longest // 2 + 2, np.uint64)  # of the words
    end_of_line = _word(line_end, 0, len(line_end), words)
    for text in range(len(found)):
        count, tokens = 0, 0
        at, end = offsets[text], offsets[text + 1]
        while at < end:
            if _is_space(data[at]):
                at += 1
                continue
            start = at
            while at < end and not _is_space(data[at]):
                at += 1
            word = _word(data, start, at, words)
            if word >= 0:
                parts[count] = word
                count += 1
            count = _subwords(data, start, at, len(words.starts), subwords, parts, count)
            hashes[tokens] = word_hash(data, start, at)
            tokens += 1
        if end_of_line >= 0:
            parts[count] = end_of_line
            count += 1
        hashes[tokens] = word_hash(line_end, 0, len(line_end))
        count = _word_ngrams(hashes[: tokens + 1], len(words.starts), subwords, parts, count)
        total[:] = 0
        for part in parts[:count]:
            for dimension in range(len(total)):
                total[dimension] += rows[part, dimension]
        for dimension in range(len(total)):
            found[text, dimension] = total[dimension] / np.float32(max(count, 1))
    return found


@inner
def _is_space(byte: int) -> bool:
    return byte == 32 or 9 <= byte <= 13 or byte == 0


@inner
def _word(data: Bytes, start: int, end: int, words: Vocabulary) -> int:
    """Return the number of a word; -1 if the dictionary has not got it."""
    mask = len(words.slots) - 1
    slot = np.int64(word_hash(data, start, end)) & mask
    while words.slots[slot] >= 0:
        word = words.slots[slot]
        at = words.starts[word]
        if words.ends[word] - at == end - start:
            same = 0
            while same < end - start and words.data[at + same] == data[start + same]:
                same += 1
            if same == end - start:
                return int(word)
        slot = (slot + 1) & mask
    return -1


@inner
def _subwords(data: Bytes, start: int, end: int, first: int, subwords: Subwords, parts: Places, count: int) -> int:
    """Append the rows of the character n-grams of a word between its two marks; return how many parts there are now."""
    slots, buckets, some = subwords.slots, np.uint64(subwords.buckets), len(subwords.slots) > 0
    mask, share = np.uint64(len(slots) - 1), 1 / max(subwords.buckets, 1)
    size = end - start + 2 if buckets else 0
    for left in range(size):
        if 0 < left < size - 1 and data[start + left - 1] & _UPPER == _FOLLOWS:
            continue
        found, at, length = EMPTY, left, 0
        while at < size and length < subwords.longest:
            while True:  # one character
                found = hashed(
                    found, _START if at == 0 else _END if at == size - 1 else np.uint64(data[start + at - 1])
                )
                at += 1
                if at >= size - 1 or data[start + at - 1] & _UPPER != _FOLLOWS:
                    break
            length += 1
            if length < subwords.shortest or (length == 1 and (left == 0 or at == size)):
                continue
            bucket = found - np.uint64(np.float64(found) * share) * buckets  # the remainder, without a division
            if bucket >= buckets:  # rounding: one too many or too few
                bucket = bucket + buckets if bucket >> np.uint64(63) else bucket - buckets
            if some:  # looked up here, because to pass arrays to a function costs more than the search
                slot = bucket & mask
                while slots[slot, 0] >= 0 and np.uint64(slots[slot, 0]) != bucket:
                    slot = (slot + np.uint64(1)) & mask
                if slots[slot, 0] < 0:
                    continue
                parts[count] = first + slots[slot, 1]
            else:
                parts[count] = first + np.int64(bucket)
            count += 1
    return count


@inner
def _word_ngrams(hashes: npt.NDArray[np.uint64], first: int, subwords: Subwords, parts: Places, count: int) -> int:
    """Append the rows of the n-grams of words; return how many parts there are now."""
    slots, buckets, some = subwords.slots, np.uint64(subwords.buckets), len(subwords.slots) > 0
    mask = np.uint64(len(slots) - 1)
    for left in range(len(hashes) if subwords.words > 1 and buckets else 0):
        found = _signed(hashes[left])
        for right in range(left + 1, min(left + subwords.words, len(hashes))):
            found = found * np.uint64(116049371) + _signed(hashes[right])
            bucket = found % buckets
            slot = bucket & mask
            while some and slots[slot, 0] >= 0 and np.uint64(slots[slot, 0]) != bucket:
                slot = (slot + np.uint64(1)) & mask
            if not some or slots[slot, 0] >= 0:
                parts[count] = first + (np.int64(slots[slot, 1]) if some else np.int64(bucket))
                count += 1
    return count


@inner
def _signed(found: np.uint64) -> np.uint64:
    """Return a hash of 32 bits as a signed number does in 64."""
    return found if found < np.uint64(1 << 31) else found | np.uint64(0xFFFFFFFF00000000)


@compiled
def _scores(means: Rows, output: Rows) -> Rows:
    """Return texts x labels: a product of matrices, each row of which is the same whatever the other rows are."""
    found = np.zeros((len(means), output.shape[1]), np.float32)
    for text in range(len(means)):
        for dimension in range(len(output)):
            for label in range(output.shape[1]):
                found[text, label] += means[text, dimension] * output[dimension, label]
    return found


@compiled
def _down(scores: Rows, tree: Ints) -> Rows:
    """Return, per text and label, the product of the answers on the way from the root, each a little above 0."""
    labels = len(tree) + 1
    found = np.zeros((len(scores), labels), np.float32)
    reached = np.ones(2 * labels - 1, np.float32)
    for text in range(len(scores)):
        for node in range(len(tree) - 1, -1, -1):
            right = np.float32(1 / (1 + np.exp(-scores[text, node])))
            reached[tree[node, 0]] = reached[labels + node] * (np.float32(1) - right + _LEAST)
            reached[tree[node, 1]] = reached[labels + node] * (right + _LEAST)
        for label in range(labels):  # an assignment of a slice takes two seconds to compile
            found[text, label] = min(reached[label], np.float32(1))
    return found
