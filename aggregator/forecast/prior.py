"""What the public histories teach before a program has a past of its own.

The numbers are in ``prior.json`` beside this file, with their provenance; ``python -m
benchmarks.outside learn`` learns them again.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import msgspec
import numpy as np
from numpy.typing import NDArray

from ..records import MilestoneKind


class Provenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A public data set that numbers were learned from."""

    name: str
    source: str
    licence: str
    teaches: str
    units: int
    """Finished pieces of work in it; each has the same weight."""


class Slippage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How what remained in truth compares with what remained by the plan, by stage.

    Log ratios of the days that remained to ``Estimates.scale``.
    """

    levels: tuple[float, ...]
    """Shares of all cases, ascending."""
    stages: tuple[float, ...]
    """Values of ``Estimates.stage``, ascending."""
    table: tuple[tuple[float, ...], ...]
    """For each stage, the log ratio that each share of the cases does not exceed."""
    moved: float
    """What is added when the plan has moved by as much as its first length."""

    def rows(self, stage: NDArray[np.float64]) -> NDArray[np.float64]:
        """Interpolate the table at some stages, ``[stages, levels]``."""
        stages, table = _array(self.stages), _array(self.table)
        at = np.clip(np.searchsorted(stages, stage) - 1, 0, stages.size - 2)
        share = np.clip((stage - stages[at]) / (stages[at + 1] - stages[at]), 0, 1)[:, None]
        rows: NDArray[np.float64] = table[at] * (1 - share) + table[at + 1] * share
        return rows


@dataclass(frozen=True, slots=True)
class Weights:
    """How the parts of the inside view are put together."""

    pace: float
    """What a team's pace weighs beside a milestone's age, of 1."""
    level: float
    """What is added to the logarithm of the days: milestones end so much later than foreseen."""
    spread: float
    """How wide the forecast is, as a factor on what its parts say of themselves."""


class Inside(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How well each combination of the inside view's weights did on public milestones."""

    paces: tuple[float, ...]
    """Weights of a team's pace beside a milestone's age, of 1."""
    levels: tuple[float, ...]
    """What is added to the logarithm of the days."""
    spreads: tuple[float, ...]
    """Factors on the spread that the parts tell of themselves."""
    losses: tuple[tuple[tuple[float, ...], ...], ...]
    """By pace, level and spread: the CRPS of the logarithm of what was left, per milestone."""
    strength: float
    """As how many finished milestones of a team's own they count."""


class Prior(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that was learned from public histories."""

    schema: str
    provenance: tuple[Provenance, ...]
    age_root: float
    """By which the root of its age, in days, is multiplied for what a piece of work is still good
    for, whatever its plan says."""
    milestone: Slippage
    sprint: Slippage
    """Of time boxes, which end by the calendar."""
    box_slips: tuple[tuple[int, int], ...]
    """Working days from the planned end of time boxes to their closing, and how many had them."""
    pace_off: float
    """By how much a team's pace is off beyond what it knows of itself: a standard deviation of the
    log of the days."""
    strength: float
    """As how many finished milestones of the program's own the prior counts."""
    inside: Inside

    def slippage(self, kind: MilestoneKind | None) -> Slippage:
        """Return how such milestones slip; None stands for what no tracker has a kind for."""
        return self.sprint if kind is MilestoneKind.SPRINT else self.milestone


@lru_cache(maxsize=8)
def _array(numbers: tuple[float, ...] | tuple[tuple[float, ...], ...]) -> NDArray[np.float64]:
    found = np.array(numbers)
    found.flags.writeable = False
    return found


@lru_cache(maxsize=1)
def shipped() -> Prior:
    """Read the prior that comes with the package."""
    text = files("slipwatch.aggregator.forecast").joinpath("prior.json").read_bytes()
    return msgspec.json.decode(text, type=Prior)
