"""How far forecasts can be trusted, which passes on to whatever waits for them."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from .forecast.stream import Confidence
from .network.schedule import Network

_ORDER: Final[tuple[Confidence, ...]] = ("none", "low", "full")


def least(a: Confidence, b: Confidence) -> Confidence:
    """Return the lesser of two."""
    return a if _ORDER.index(a) <= _ORDER.index(b) else b


def carried(network: Network, own: Callable[[str], Confidence]) -> dict[str, Confidence]:
    """Give each activity the least confidence of its ``own`` and of everything it waits for."""
    found: dict[str, Confidence] = {}
    for node in network.order:
        one = own(node)
        for edge in network.held_by[node]:
            one = least(one, found[edge.upstream])
        found[node] = one
    return found


def waiting_for(network: Network, some: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """Name, for each activity, those of ``some`` that it waits for, directly or not."""
    wanted = frozenset(some)
    if not wanted:
        return {}
    found: dict[str, frozenset[str]] = {}
    for node in network.order:
        ahead = {edge.upstream for edge in network.held_by[node]}
        found[node] = (wanted & ahead).union(*(found[one] for one in ahead))
    return {node: tuple(sorted(ahead)) for node, ahead in found.items() if ahead}
