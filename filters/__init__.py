"""Every filter: `AnyFilter` is the package's contents page, and the type of a chain's entries in a configuration."""

from typing import TypeAlias

from filters.gopher_quality import GopherQuality

AnyFilter: TypeAlias = GopherQuality
