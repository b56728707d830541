"""Types of numpy arrays that every room uses, named for what they hold; what only one room has, it names itself."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Mask: TypeAlias = npt.NDArray[np.bool_]  # which rows
Places: TypeAlias = npt.NDArray[np.int64]  # rows, offsets or bounds in other arrays
