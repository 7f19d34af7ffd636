"""The tables. What a tracker said is kept per source; what is ours is kept by our own ids.

Text sorts by code point on every database, so that the same facts are read in the same order.
Wall-clock times, which depend on when a sync happened to run, stand in these columns alone:
``ledger.at`` of observed and declared dates, ``links.seen_at``, ``tracker_milestones.gone_at``,
``absences``, ``censuses``, ``deliveries``, ``source_status``, ``assessments.generated_at``,
``finding_events.at``, ``notices``, ``notifications``, ``acknowledgements``, ``reports``,
``cost_readings.at``, ``benefit_readings.fetched_at``,
``benefit_failures``, ``benefit_fetches``.
"""

from .base import metadata
from .findings import (
    acknowledgements,
    assessments,
    evaluations,
    finding_events,
    finding_life,
    finding_states,
    portfolios,
)
from .oversight import (
    baselines,
    benefit_failures,
    benefit_fetches,
    benefit_readings,
    calibrations,
    cost_readings,
    exposures,
    slugs,
)
from .synced import (
    absences,
    censuses,
    changes,
    cursors,
    deliveries,
    items,
    ledger,
    links,
    pull_requests,
    reviews,
    source_status,
    tracker_milestones,
    worklogs,
)
from .telling import notices, notifications, reports

__all__ = [
    "absences",
    "acknowledgements",
    "assessments",
    "baselines",
    "benefit_failures",
    "benefit_fetches",
    "benefit_readings",
    "calibrations",
    "censuses",
    "changes",
    "cost_readings",
    "cursors",
    "deliveries",
    "evaluations",
    "exposures",
    "finding_events",
    "finding_life",
    "finding_states",
    "items",
    "ledger",
    "links",
    "metadata",
    "notices",
    "notifications",
    "portfolios",
    "pull_requests",
    "reports",
    "reviews",
    "slugs",
    "source_status",
    "tracker_milestones",
    "worklogs",
]
