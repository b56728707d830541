"""Recognition of scans by a function of the user's: `ocr: MODULE:FUNCTION`, from the image of a page to its text.

The function is given an image of the page, grey, a byte a pixel, of height × width, and returns the text, paragraphs
with an empty line between them. It runs in the child process that reads PDFs.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Recogniser: TypeAlias = Callable[[npt.NDArray[np.uint8]], str]

DOTS = 300  # an inch, as recognition wants it
_LARGEST = 40_000_000  # pixels of a page: a larger one is drawn smaller


def recogniser(name: str) -> Recogniser:
    """Return the function that `module:function` names."""
    module, _, function = name.partition(":")
    found: Recogniser = getattr(import_module(module), function)
    return found


def recognised(document: Any, recognise: Recogniser) -> str:
    """Return the text of a document whose pages are images."""
    return "\n\n".join(text for number in range(len(document)) if (text := _page(document, number, recognise)))


def _page(document: Any, number: int, recognise: Recogniser) -> str:
    page = document[number]
    try:
        width, height = page.get_size()
        scale = min(DOTS / 72, (_LARGEST / max(1.0, width * height)) ** 0.5)
        bitmap = page.render(scale=scale, grayscale=True)
        image = np.array(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
        bitmap.close()
        return recognise(image).strip()
    finally:
        page.close()
