"""What decides when a group ends, over all trials (DOMAIN.md 3.3)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..packed import Few, Packed
from .simulation import Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Criticality:
    """How one activity bears on the end of its group."""

    index: float | None = None
    """In what share of all trials it drives that end."""
    cruciality: float | None = None
    """How closely its duration and that end go together: the size of their correlation. None where
    one of them is always the same."""
    sensitivity: float | None = None
    """Schedule sensitivity index: the spread of its duration against that of the end, times the
    index."""


NOT_SIMULATED: Final = Criticality()
"""Of what has no dates."""


def criticality(
    simulation: Simulation,
    groups: Mapping[str, str],
    durations: Callable[[str], Packed | Few | None],
) -> dict[str, Criticality]:
    """Measure each activity that has dates; ``durations`` gives what was sampled of its work."""
    ends = {
        group: _Centred.of(end.astype(np.float32)) for group, end in simulation.ends(groups).items()
    }
    found: dict[str, Criticality] = {}
    for node, index in simulation.criticality(groups).items():
        end, days = ends[groups.get(node, "")], durations(node)
        own = None if days is None else _Centred.of(days.astype(np.float32))
        if own is None or not own.spread or not end.spread:
            found[node] = Criticality(index=index)
            continue
        together = float(own.values @ end.values) / (own.spread * end.spread)
        found[node] = Criticality(
            index=index,
            cruciality=min(1.0, abs(together)),
            sensitivity=own.spread / end.spread * index,
        )
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Centred:
    values: "np.ndarray[tuple[int], np.dtype[np.float32]]"
    """Less their mean."""
    spread: float
    """The length of ``values``: their standard deviation times the root of their number."""

    @classmethod
    def of(cls, values: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> "_Centred":
        centred = values - values.mean(dtype=np.float64).astype(np.float32)
        return cls(centred, float(np.sqrt(centred @ centred)))
