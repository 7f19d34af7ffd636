"""Gates as an assessment shows them."""

from datetime import date

import msgspec

from .model import Criterion, State


class GateView(msgspec.Struct, frozen=True, kw_only=True):
    """A gate, its criteria, and what was decided."""

    id: str
    """As findings name it: ``checkout/gate:G2``."""
    title: str
    url: str
    state: State
    by: tuple[str, ...]
    """Who decided: several, where several reviews approve."""
    decided: date | None
    reference: str
    due: date | None
    asked: date | None
    waiting: int | None
    """Working days that its decision is waited for; None once it is taken, or nobody says."""
    ready: bool | None
    """Whether all criteria are met; None where one of the others cannot be told."""
    criteria: tuple[Criterion, ...]
    before: tuple[str, ...]
    """The milestones of the next stage."""
    begun: tuple[str, ...]
    """Of them, those that work on has begun."""
    regulated: bool
    """Controls are among its criteria, or the next stage works on protected data."""
    workers: int
    """How many people are known to have done what it asks for."""
    conflict: str | None
    """Who decided, and did the work as well."""
