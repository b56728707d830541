"""The kept blocks of a page as the text a model should see: lines, list items, table rows, code with its spaces."""

import html

import numpy as np
import numpy.typing as npt

from pipeline.extract.markup import Outline
from pipeline.extract.tags import CELL, TAGS
from shards.compiled import compiled

LI = TAGS["li"]
TR = TAGS["tr"]
PRE = TAGS["pre"]
NEWLINE = 10
SPACE = 32


def assembled(markup: npt.NDArray[np.uint8], page: Outline, kept: npt.NDArray[np.bool_]) -> str:
    """Return the text of the kept blocks."""
    text = _assembled(markup, page, kept).tobytes().decode("utf-8", "replace")
    return html.unescape(text) if "&" in text else text


@compiled
def _assembled(
    markup: npt.NDArray[np.uint8], page: Outline, kept: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint8]:  # one pass
    elements = len(page.tag)
    item = np.zeros(elements, np.int32)  # the nearest list item, cell, row and preformatted element of each
    cell = np.zeros(elements, np.int32)
    row = np.zeros(elements, np.int32)
    pre = np.zeros(elements, np.bool_)
    for element in range(1, elements):
        up, tag = page.parent[element], page.tag[element]
        item[element] = element if tag == LI else item[up]
        cell[element] = element if CELL[tag] else cell[up]
        row[element] = element if tag == TR else row[up]
        pre[element] = tag == PRE or pre[up]
    size = 0
    for block in range(len(kept)):
        if kept[block]:
            size += 8
            for run in range(page.first_run[block], page.first_run[block + 1]):
                size += page.run_end[run] - page.run_start[run] + 1
    out = np.zeros(size, np.uint8)
    at, last_item, last_cell, last_row = 0, 0, 0, 0
    for block in range(len(kept)):
        if not kept[block]:
            continue
        element = page.block_element[block]
        if at > 0:
            same_row = row[element] > 0 and row[element] == last_row and cell[element] != last_cell
            if same_row:
                out[at], out[at + 1], out[at + 2] = SPACE, 124, SPACE
                at += 3
            else:
                out[at] = NEWLINE
                at += 1
        if item[element] > 0 and item[element] != last_item and cell[element] <= item[element]:
            out[at], out[at + 1] = 45, SPACE
            at += 2
        last_item, last_cell, last_row = item[element], cell[element], row[element]
        begun, pending = False, False
        for run in range(page.first_run[block], page.first_run[block + 1]):
            start, end = page.run_start[run], page.run_end[run]
            if start < 0:
                if begun:
                    out[at] = NEWLINE
                    at += 1
                pending = False
                continue
            for source in range(start, end):
                byte = markup[source]
                if pre[element]:
                    if begun or byte != NEWLINE:
                        out[at] = byte
                        at += 1
                        begun = True
                elif byte <= SPACE:
                    pending = begun
                else:
                    if pending and out[at - 1] != NEWLINE:
                        out[at] = SPACE
                        at += 1
                    out[at] = byte
                    at += 1
                    begun, pending = True, False
        while at > 0 and out[at - 1] <= SPACE:
            at -= 1
    return out[:at]
