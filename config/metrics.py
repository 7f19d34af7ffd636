"""Which metrics are exported."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from pydantic import Field

from .base import Settings
from .forms import Text


class MetricsSettings(Settings):
    """Which metrics `/metrics` serves; all of them, unless something is said."""

    allow: tuple[Text, ...] = Field(
        default=("*",),
        min_length=1,
        description="Names of the metrics that are served; `*` stands for any part of a name.",
    )
    deny: tuple[Text, ...] = Field(
        default=(), description="Names of metrics that are left out, also of those allowed."
    )
    items: bool = Field(
        default=False,
        description="Serve the metrics that have a series per item, too.",
    )
    most_items: int = Field(
        default=1000,
        ge=1,
        le=10_000,
        description="Most series of a metric that has one per item; those left out are counted.",
    )

    def wants(self, name: str) -> bool:
        """Tell whether a metric is served."""
        return _fits(name, self.allow) and not _fits(name, self.deny)


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
