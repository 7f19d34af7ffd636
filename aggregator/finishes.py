"""The finishes of a plan in all trials, read by how its forecasts held."""

from collections.abc import Iterator, Mapping

import numpy as np

from .forecast.quantiles import Days
from .forecast.recalibration import Recalibration
from .network.simulation import Simulation


class Finishes(Mapping[str, Days]):
    """Finish instants by milestone, unpacked when somebody asks for them."""

    def __init__(
        self, simulation: Simulation, read_by: Mapping[str, Recalibration | None], as_of: int
    ) -> None:
        """Take the milestones that have any, each with how its forecasts are corrected."""
        self._simulation = simulation
        self._read_by = read_by
        self._as_of = as_of

    def __getitem__(self, milestone: str) -> Days:
        recalibration = self._read_by[milestone]
        return corrected(self._simulation.finish(milestone), recalibration, self._as_of)

    def __iter__(self) -> Iterator[str]:
        return iter(self._read_by)

    def __len__(self) -> int:
        return len(self._read_by)

    def __contains__(self, milestone: object) -> bool:
        return milestone in self._read_by


def corrected(finish: Days, recalibration: Recalibration | None, as_of: int) -> Days:
    """Correct a finish, where it is corrected at all.

    What is open is not over before today is, even if nothing of it is left to do.
    """
    if recalibration is not None:
        finish = recalibration.apply(finish)
    return np.maximum(finish, as_of + 1)
