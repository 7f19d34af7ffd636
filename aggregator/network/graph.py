"""Order and cycles of a directed graph."""

from collections import deque
from collections.abc import Iterable, Sequence

Pair = tuple[str, str]
"""Upstream and downstream."""


def cycles(ids: Sequence[str], pairs: Iterable[Pair]) -> tuple[tuple[str, ...], ...]:
    """Return the strongly connected components that hold a cycle; a self-loop is one.

    Members and components come in the order of ``ids``.
    """
    import rustworkx as rx  # most networks hold no cycle, and it takes long to load

    index = {node: n for n, node in enumerate(ids)}
    numbered = [(index[upstream], index[downstream]) for upstream, downstream in pairs]
    graph: rx.PyDiGraph[None, None] = rx.PyDiGraph()
    graph.add_nodes_from([None] * len(ids))
    graph.add_edges_from_no_data(numbered)
    loops = {upstream for upstream, downstream in numbered if upstream == downstream}
    found = [
        sorted(component)
        for component in rx.strongly_connected_components(graph)
        if len(component) > 1 or component[0] in loops
    ]
    return tuple(tuple(ids[n] for n in component) for component in sorted(found))


def topological_order(ids: Sequence[str], pairs: Iterable[Pair]) -> tuple[str, ...]:
    """Return the ids, upstream before downstream (Kahn), without what is in or behind a cycle."""
    waiting = dict.fromkeys(ids, 0)
    downstream_of: dict[str, list[str]] = {node: [] for node in ids}
    for upstream, downstream in pairs:
        downstream_of[upstream].append(downstream)
        waiting[downstream] += 1
    ready = deque(node for node in ids if not waiting[node])
    order: list[str] = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for downstream in downstream_of[node]:
            waiting[downstream] -= 1
            if not waiting[downstream]:
                ready.append(downstream)
    return tuple(order)
