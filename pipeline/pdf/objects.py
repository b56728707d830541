"""The objects of a page that say whether it is a scan: its largest image, and text that is written invisibly."""

from typing import NamedTuple

import numpy as np

from pipeline.pdf.calls import OBJECT, OBJECT_BOUNDS, OBJECT_TYPE, RENDER_MODE, bounds_of, handle_at, integer_of
from shards.arrays import Places
from shards.compiled import compiled

_TEXT, _IMAGE = 1, 3  # pdfium's FPDF_PAGEOBJ_…
_INVISIBLE = 3  # the render mode of text that recognition has put under an image
_MOST = 5000  # objects that are looked at: maps have a million


class Objects(NamedTuple):
    """What the objects of a page come to."""

    image: float  # the area of the largest image, in square points
    texts: int
    invisible: int  # of the texts


@compiled
def objects(functions: Places, page: int, count: int) -> Objects:
    """Return what the objects of a page come to; the page is named by its address."""
    box = np.zeros(4, np.float32)
    at = box.ctypes.data
    image, texts, invisible = 0.0, 0, 0
    for index in range(min(count, _MOST)):
        handle = handle_at(functions[OBJECT], page, index)
        kind = integer_of(functions[OBJECT_TYPE], handle)
        if kind == _TEXT:
            texts += 1
            if integer_of(functions[RENDER_MODE], handle) == _INVISIBLE:
                invisible += 1
        elif kind == _IMAGE and bounds_of(functions[OBJECT_BOUNDS], handle, at, at + 4, at + 8, at + 12):
            image = max(image, float((box[2] - box[0]) * (box[3] - box[1])))
    return Objects(image, texts, invisible)
