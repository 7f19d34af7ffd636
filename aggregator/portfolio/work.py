"""From the work items of projects and teams to what portfolios tell of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from ..records import Category, Change, Item
from .facts import Ref
from .flow import Flow, Moving, flow_of
from .kept import Kept
from .lift import ItemGraph
from .model import Stream
from .throughput import bulk_closed, with_record

Work = Mapping[Ref, Item]
Changes = Mapping[Ref, Sequence[Change]]


class WorkReader:
    """Reads what becomes of work, as of one day; what is ``kept`` of the same work is not read."""

    def __init__(self, graph: ItemGraph, kept: Kept, *, as_of: date, zone: ZoneInfo) -> None:
        self._graph = graph
        self._kept = kept
        self._as_of = as_of
        self._zone = zone

    def bulk(self, project: str, work: Work, changes: Changes) -> frozenset[Ref]:
        """Find the items of a project that one person closed together; ``changes`` are theirs."""
        given = [*work], [*work.values()], changes
        return self._kept.part("bulk", project, given, lambda: bulk_closed(work, changes))

    def flow(self, project: str, work: Work, bulk: frozenset[Ref]) -> Flow:
        """Tell how the work of a project moves; ``bulk`` are those closed together."""
        graph = self._graph
        blocked = {
            ref
            for ref, item in work.items()
            if item.category is not Category.DONE
            and (item.blocked or (ref in graph.upstream and graph.blockers(ref)))
        }
        moving = (
            Moving(item, blocked=ref in blocked, bulk=ref in bulk) for ref, item in work.items()
        )
        return self._kept.part(
            "flow",
            project,
            ([*work], [*work.values()], blocked, bulk),
            lambda: flow_of(moving, self._as_of, self._zone),
        )

    def stream(self, stream: Stream, work: Work, changes: Changes) -> Stream:
        """Add to a team what it finished; ``changes`` are those of its work."""
        return self._kept.part(
            "stream",
            stream.id,
            (stream, [*work], [*work.values()], changes),
            lambda: with_record(stream, work, changes, self._zone),
        )
