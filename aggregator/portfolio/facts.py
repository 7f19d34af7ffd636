"""What the store knows, as the portfolio needs it: one read, no questions afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from ..benefits.model import Fetching, Reading
from ..communication.model import Acknowledged, OpenFinding, ReportTold
from ..health.history import ColourChange
from ..money.model import CostReading, LoggedTime
from ..records import Absence, Change, Item, Link, PullRequest, Review, TrackerMilestone
from ..register.model import Exposure
from .calibration import Calibration
from .model import Observation
from .sources import SourceState
from .versions import BaselineVersion

Ref = tuple[str, str]
"""Source name and the tracker's own id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBaseline:
    """The plan and the work of a milestone on the day it was first assessed, or approved anew."""

    recorded_on: date
    start: date
    """The day from which its own work could go on then."""
    duration: int | None
    items: frozenset[Ref]
    version: BaselineVersion | None = None
    """What the store keeps of it for people to look up."""

    @property
    def approved(self) -> bool:
        """Whether a person set it: then it stands, whatever the file says."""
        return self.version is not None and self.version.approver is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLink:
    """A link, and since when its source is known to state it."""

    source: str
    link: Link
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the trackers said, keyed by source and tracker id."""

    items: Mapping[Ref, Item] = field(default_factory=dict[Ref, Item])
    tracker_milestones: Mapping[Ref, TrackerMilestone] = field(
        default_factory=dict[Ref, TrackerMilestone]
    )
    absences: Mapping[Ref, Absence] = field(default_factory=dict[Ref, Absence])
    """What became of items that their trackers list no more; they are items all the same."""
    links: Sequence[SeenLink] = ()
    changes: Mapping[Ref, Sequence[Change]] = field(default_factory=dict[Ref, Sequence[Change]])
    """Oldest first."""
    milestone_dates: Mapping[Ref, Sequence[Observation]] = field(
        default_factory=dict[Ref, Sequence[Observation]]
    )
    """Ledger of due dates of tracker milestones, oldest first."""
    milestone_starts: Mapping[Ref, Sequence[Observation]] = field(
        default_factory=dict[Ref, Sequence[Observation]]
    )
    """Ledger of their start dates, likewise."""
    closed_at: Mapping[Ref, datetime] = field(default_factory=dict[Ref, datetime])
    """When a sync first saw a tracker milestone closed that had been seen open."""
    item_dates: Mapping[Ref, Sequence[Observation]] = field(
        default_factory=dict[Ref, Sequence[Observation]]
    )
    """Ledger of due dates of items (epics above all), oldest first."""
    promises: Mapping[str, Sequence[Observation]] = field(
        default_factory=dict[str, Sequence[Observation]]
    )
    """Ledger of promises in the operator's file, by milestone id, oldest first."""
    slugs: Mapping[tuple[str, str, str], str] = field(
        default_factory=dict[tuple[str, str, str], str]
    )
    """Project id, source and tracker milestone id to the last part of the milestone id."""
    commitments: Mapping[str, Sequence[Observation]] = field(
        default_factory=dict[str, Sequence[Observation]]
    )
    """Ledger of commitments in the operator's file, likewise."""
    declared_baselines: Mapping[str, Sequence[Observation]] = field(
        default_factory=dict[str, Sequence[Observation]]
    )
    """Ledger of the finish of baselines in the operator's file, likewise."""
    retired: frozenset[str] = frozenset()
    """Milestones that were done when they left the file."""
    baselines: Mapping[str, RecordedBaseline] = field(default_factory=dict[str, RecordedBaseline])
    """The one that holds, by milestone id."""
    versions: Mapping[str, Sequence[RecordedBaseline]] = field(
        default_factory=dict[str, Sequence[RecordedBaseline]]
    )
    """All of them, oldest first, of the milestones that were ever approved anew."""
    exposures: Mapping[str, Sequence[Exposure]] = field(
        default_factory=dict[str, Sequence[Exposure]]
    )
    """What the open risks of a program came to, day by day, oldest first."""
    calibrations: Mapping[str, Calibration] = field(default_factory=dict[str, Calibration])
    """What the last back-test found, by program."""
    costs: Mapping[str, Sequence[CostReading]] = field(
        default_factory=dict[str, Sequence[CostReading]]
    )
    """What the feeds of costs said, by feed, oldest first."""
    worklogs: Mapping[Ref, Sequence[LoggedTime]] = field(
        default_factory=dict[Ref, Sequence[LoggedTime]]
    )
    """What was logged on items."""
    logging: frozenset[str] = frozenset()
    """The sources that such times were read of."""
    pull_requests: Mapping[Ref, PullRequest] = field(default_factory=dict[Ref, PullRequest])
    """Those whose reviews are read, by source and key."""
    reviews: Mapping[Ref, Sequence[Review]] = field(default_factory=dict[Ref, Sequence[Review]])
    """Of these, by the same, in no order."""
    readings: Mapping[str, Sequence[Reading]] = field(default_factory=dict[str, Sequence[Reading]])
    """Of benefits, by ``program/benefit:B1``, in the order in which they were fetched."""
    fetching: Mapping[str, Fetching] = field(default_factory=dict[str, Fetching])
    """How reading the measures of benefits goes, by the same."""
    colours: Sequence[ColourChange] = ()
    """What programs and projects turned, oldest first."""
    reports: Sequence[ReportTold] = ()
    acknowledged: Sequence[Acknowledged] = ()
    """Both oldest first."""
    findings: Sequence[OpenFinding] | None = None
    """Those of the assessment before; None where there was none."""
    watched_since: date | None = None
    """The day of the first assessment."""
    sources: Sequence[SourceState] = ()
    data_time: datetime | None = None
