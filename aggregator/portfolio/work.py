"""From the work items of projects, teams and baselines to what portfolios tell of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from ..indexes.tasks import Tasks, milestone_task, planned_tasks
from ..records import Category, Change, Item
from .facts import Facts, Ref
from .flow import Flow, Moving, flow_of
from .kept import Kept
from .lift import ItemGraph
from .model import Milestone, Stream
from .throughput import bulk_closed, with_record

Work = Mapping[Ref, Item]


class WorkReader:
    """Reads what becomes of work, as of one day; what is ``kept`` of the same work is not read."""

    def __init__(
        self, facts: Facts, graph: ItemGraph, kept: Kept, *, as_of: date, zone: ZoneInfo
    ) -> None:
        self._facts = facts
        self._graph = graph
        self._kept = kept
        self._as_of = as_of
        self._zone = zone

    def bulk(self, project: str, work: Work) -> frozenset[Ref]:
        """Find the items of a project that one person closed together."""
        changes = self._changes(work)
        given = [*work.items()], changes
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
            ([*work.items()], blocked, bulk),
            lambda: flow_of(moving, self._as_of, self._zone),
        )

    def stream(self, stream: Stream, work: Work) -> Stream:
        """Add to a team what it finished."""
        changes = self._changes(work)
        return self._kept.part(
            "stream",
            stream.id,
            (stream, [*work.items()], changes),
            lambda: with_record(stream, work, changes, self._zone),
        )

    def tasks(self, milestone: Milestone) -> Tasks | None:
        """Tell what became of a milestone's baseline; None where it has none."""
        finish, recorded = milestone.baseline.finish, self._facts.baselines.get(milestone.id)
        if finish is None or (recorded is None and milestone.tracked):
            return None
        if recorded is None:
            return milestone_task(milestone.id, finish, milestone.actual)
        known = {ref: self._facts.items.get(ref) for ref in recorded.items}
        return self._kept.part(
            "tasks",
            milestone.id,
            (known, finish, recorded.recorded_on),
            lambda: planned_tasks(
                [(ref[0], item) for ref, item in sorted(known.items()) if item is not None],
                finish,
                recorded.recorded_on,
                self._zone,
            ),
        )

    def _changes(self, refs: Iterable[Ref]) -> dict[Ref, Sequence[Change]]:
        changes = self._facts.changes
        return {ref: changes[ref] for ref in refs if ref in changes}
