"""The batches of a pull, as far as they are no matter of a page."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from slipwatch.aggregator.connector import Retry
from slipwatch.aggregator.records import Batch, Cursor, Listing, MilestoneKind, TrackerMilestone

from .bookmark import Bookmark
from .convert import Converted


@dataclass(slots=True)
class Pull:
    """One pull on its way: how far it is, and what it has said already."""

    scope: str
    bookmark: Bookmark
    milestones: tuple[TrackerMilestone, ...]
    """To go into the first batch."""
    trouble: Retry | None = None
    """To be raised when all else is read."""
    sprints: set[str] = field(default_factory=set[str])
    """Ids of those in a batch of this pull."""
    gone: tuple[str, ...] = ()
    """Ids of sprints that were deleted, to go there too."""
    began: bool = False
    asked_for_key: bool = False
    renamed: str | None = None
    """The key that the project has now, where it had another."""

    def open_batch(self, batch: Batch) -> Batch:
        """Put into the first batch what no page holds."""
        if self.began:
            return batch
        self.began = True
        return msgspec.structs.replace(
            batch,
            milestones=(*self.milestones, *batch.milestones),
            listings=(Listing(scope=self.scope, kind=MilestoneKind.VERSION),),
            gone=self.gone,
        )


def batch_of(
    converted: Sequence[Converted],
    *,
    cursor: Cursor,
    milestones: tuple[TrackerMilestone, ...] = (),
    total: int | None = None,
    warnings: tuple[str, ...] = (),
) -> Batch:
    """Put converted issues into a batch."""
    return Batch(
        cursor=cursor,
        items=tuple(each.item for each in converted),
        milestones=milestones,
        links=tuple(link for each in converted for link in each.links),
        changes=tuple(change for each in converted for change in each.changes),
        worklogs=tuple(worklog for each in converted for worklog in each.worklogs),
        total=total,
        warnings=warnings,
    )
