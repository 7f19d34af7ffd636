"""What decides when a group ends, over all trials (DOMAIN.md 3.3)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from ..packed import Few, Packed
from .simulation import Simulation


class Criticality(NamedTuple):
    """How one activity bears on the end of its group."""

    share: float | None = None
    """In what share of all trials it drives that end."""
    cruciality: float | None = None
    """How closely its duration and that end go together: the size of their correlation. None where
    one of them is always the same."""
    sensitivity: float | None = None
    """Schedule sensitivity index: the spread of its duration against that of the end, times the
    share."""

    def rounded(self) -> "Criticality":
        """Leave out digits that say nothing."""
        share, cruciality, sensitivity = self
        return Criticality(
            share and round(share, 6),
            cruciality and round(cruciality, 4),
            sensitivity and round(sensitivity, 4),
        )


_AT_ONCE: Final = 64
"""Activities that are measured by the same NumPy calls."""

NOT_SIMULATED: Final = Criticality()
"""Of what has no dates."""


def criticality(
    simulation: Simulation,
    groups: Mapping[str, str],
    durations: Callable[[str], Packed | Few | None],
) -> dict[str, Criticality]:
    """Measure each activity that has dates; ``durations`` gives what was sampled of its work."""
    ends = {
        group: _Centred.of(end[None, :].astype(np.float32))
        for group, end in simulation.ends(groups).items()
    }
    shares = simulation.criticality(groups)
    found: dict[str, Criticality] = {}
    sampled: dict[str, list[tuple[str, Packed | Few]]] = {group: [] for group in ends}
    for node in shares:
        days = durations(node)
        if days is not None:
            sampled[groups.get(node, "")].append((node, days))
    for group, end in ends.items():
        if not end.spread[0]:
            continue
        for first in range(0, len(sampled[group]), _AT_ONCE):
            some = sampled[group][first : first + _AT_ONCE]
            for (node, _), measured in zip(some, _together(some, end), strict=True):
                if measured is not None:
                    cruciality, spread = measured
                    share = shares[node]
                    found[node] = Criticality(share, cruciality, spread * share)
    return {node: found.get(node) or Criticality(share) for node, share in shares.items()}


def _together(
    sampled: Sequence[tuple[str, Packed | Few]], end: "_Centred"
) -> Iterator[tuple[float, float] | None]:
    """Give how closely durations go with an end, and their spread against its own."""
    own = _Centred.of(np.array([days for _, days in sampled], np.float32))
    product = np.einsum("ij,j->i", own.values, end.values[0])
    length = float(end.spread[0])
    for together, spread in zip(product.tolist(), own.spread.tolist(), strict=True):
        whole = spread * length
        yield (min(1.0, abs(together / whole)), spread / length) if whole else None


@dataclass(frozen=True, slots=True, eq=False)
class _Centred:
    """A row for each activity, a column for each trial."""

    values: "np.ndarray[tuple[int, int], np.dtype[np.float32]]"
    """Less their mean."""
    spread: "np.ndarray[tuple[int], np.dtype[np.float64]]"
    """The length of each row: its standard deviation times the root of the number of trials."""

    @classmethod
    def of(cls, values: "np.ndarray[tuple[int, int], np.dtype[np.float32]]") -> "_Centred":
        values -= values.mean(axis=1, dtype=np.float64, keepdims=True).astype(np.float32)
        return cls(values, np.sqrt(np.einsum("ij,ij->i", values, values)).astype(np.float64))
