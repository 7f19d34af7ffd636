"""What workers, signals and HTTP tell the service: the messages of its inbox."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from slipwatch.aggregator.connector import Named
from slipwatch.aggregator.sync import SyncResult
from slipwatch.config.settings import SlipwatchSettings

from .reception import Told


@dataclass(frozen=True, slots=True)
class Synced:
    """A source's sync has ended."""

    result: SyncResult
    settings: SlipwatchSettings
    """Those that it went by."""
    whole: bool = True
    """False when only what webhooks had named was read."""
    items: Named = field(default_factory=dict[str, Mapping[str, str]])
    """Items that they had named."""


@dataclass(frozen=True, slots=True)
class FeedsRead:
    """What is measured and spent was read."""

    changed: bool


@dataclass(frozen=True, slots=True)
class Busy:
    """What webhooks named of a source has to wait for the sync that is under way."""

    source: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """An assessment has ended."""

    shown: bool
    next_report: datetime | None = None
    """When the next report is due."""


@dataclass(frozen=True, slots=True)
class Due:
    """An assessment is due."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The service is to end."""


@dataclass(frozen=True, slots=True)
class Nudge:
    """Every source is to be synced now."""


@dataclass(frozen=True, slots=True)
class Reload:
    """The file is to be read again; ``answer`` is told what is wrong with it, or None."""

    answer: Callable[[str | None], None]


Message = Synced | FeedsRead | Busy | Told | Assessed | Due | Stop | Nudge | Reload
