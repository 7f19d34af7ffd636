"""Every listing that a connector asks for, and what it means when one is refused.

``listing_of`` in ``bench.py`` makes the names. Whatever a connector asks for on any trial has to
have a row here, and each row's site asks for it: every fault is tried on it there.
"""

from dataclasses import dataclass
from enum import StrEnum

from .sites import Tracker


class Meaning(StrEnum):
    """What a sync does without a listing."""

    SCOPE = "leaves its project or repository out"
    CENSUS = "leaves its census out"
    SOURCE = "ends: nothing of the source can be read until somebody acts"
    NOTHING = "goes on"


@dataclass(frozen=True, slots=True)
class Listing:
    """One row.

    ``answers`` are the statuses that only mean there is nothing to be had, or no permission for
    it. A ``spare`` listing is done without for now, whatever is wrong with it: there is another
    way, or a warning.
    """

    tracker: Tracker
    name: str
    refused: Meaning = Meaning.SCOPE
    answers: frozenset[int] = frozenset()
    spare: bool = False
    of_another_shape: str = "Expected `"
    """What is said of JSON that it cannot be."""


_SOURCE = Meaning.SOURCE
_NOTHING = Meaning.NOTHING
_CENSUS = Meaning.CENSUS
_GONE = frozenset({404, 410})
_UNTOLD = frozenset({403, 404, 410})
_NO_TIER = frozenset({403, 404})
_NO_AGILE = frozenset({401, 403, 404, 410})
_OLD_SITE = frozenset({400, 401, 403, 404, 405})
_NO_BULK = frozenset({401, 403, 404, 410})

_JIRA = (
    ("GET /rest/api/2/serverInfo", _SOURCE, _NO_TIER),
    ("GET /rest/api/2/field", _SOURCE),
    ("GET /rest/api/2/project/{}/versions",),
    ("GET /rest/api/2/status", _SOURCE, _NO_TIER),
    ("GET /rest/agile/1.0/board", _SOURCE, _NO_AGILE),
    ("GET /rest/agile/1.0/board/{}/sprint", _SOURCE, _NO_AGILE),
    ("GET /rest/api/2/issue/{}/remotelink", _SOURCE, _UNTOLD),
    ("GET /rest/api/2/issue/{}/worklog",),
)
_ROWS: dict[Tracker, tuple[tuple[object, ...], ...]] = {
    Tracker.CLOUD: (
        *_JIRA,
        ("GET /rest/api/2/search/jql",),
        ("POST /rest/api/3/changelog/bulkfetch", _NOTHING, _NO_BULK),
    ),
    Tracker.DATACENTER: (*_JIRA, ("GET /rest/api/2/search",)),
    Tracker.REST: (
        ("GET /orgs/{}/repos", _SOURCE),
        ("GET /orgs/{}/projectsV2/{}/fields", _NOTHING, frozenset[int](), True),
        ("GET /orgs/{}/projectsV2/{}/items", _NOTHING, frozenset[int](), True),
        ("GET /orgs/{}/issue-fields", Meaning.SCOPE, _UNTOLD),
        ("GET /repos/{}/milestones",),
        ("GET /repos/{}/issues", Meaning.SCOPE, frozenset({410})),
        ("GET /repos/{}/issues/events", Meaning.SCOPE, _UNTOLD),
        ("GET /repos/{}/issues/{}/sub_issues", Meaning.SCOPE, _GONE),
        ("GET /repos/{}/issues/{}/dependencies/blocked_by", Meaning.SCOPE, _GONE),
        ("GET /repos/{}/issues/{}/timeline", Meaning.SCOPE, _GONE),
    ),
    Tracker.GRAPHQL: (
        ("POST /graphql", _SOURCE, frozenset[int](), False, "with errors alone"),
        ("GET /repos/{}/issues/{}/events", Meaning.SCOPE, _GONE),
    ),
    Tracker.GITLAB: (
        ("GET /api/v4/groups/{}", _SOURCE),
        ("GET /api/v4/groups/{}/projects", _SOURCE),
        ("GET /api/v4/groups/{}/epics", Meaning.SCOPE, _NO_TIER),
        ("GET /api/v4/projects/{}",),
        ("GET /api/v4/projects/{}/milestones", Meaning.SCOPE, frozenset({403})),
        ("GET /api/v4/projects/{}/iterations", Meaning.SCOPE, _NO_TIER),
        ("GET /api/v4/projects/{}/issues",),
        ("GET /api/v4/projects/{}/issues/{}/links", Meaning.SCOPE, _NO_TIER),
        ("GET /api/v4/projects/{}/issues/{}/resource_state_events", Meaning.SCOPE, _NO_TIER),
        ("GET /api/v4/projects/{}/issues/{}/resource_milestone_events", Meaning.SCOPE, _NO_TIER),
        ("GET /api/v4/projects/{}/issues/{}/resource_iteration_events", Meaning.SCOPE, _NO_TIER),
    ),
    Tracker.CLOUD_CENSUS: (
        ("GET /rest/api/2/search/jql (ids)", _CENSUS),
        ("GET /rest/api/2/issue/{}", _CENSUS, frozenset({401, 403, 404})),
        ("GET /rest/api/2/project/{}", _CENSUS),
        ("GET /rest/api/2/mypermissions", _CENSUS, _OLD_SITE),
    ),
    Tracker.DATACENTER_CENSUS: (
        ("GET /rest/api/2/search (ids)", _CENSUS),
        ("GET /rest/api/2/issue/{}", _CENSUS, frozenset({401, 403, 404})),
        ("GET /rest/api/2/project/{}", _CENSUS),
        ("GET /rest/api/2/mypermissions", _CENSUS, _OLD_SITE),
    ),
    Tracker.GITHUB_CENSUS: (
        ("GET /repos/{}/issues (ids)", _CENSUS, frozenset({410})),
        ("GET /repos/{}", _CENSUS),
        ("GET /repos/{}/issues/{}/sub_issues", _CENSUS, _GONE),
        ("GET /repos/{}/issues/{}/dependencies/blocked_by", _CENSUS, _GONE),
        ("GET /repos/{}/issues/{}", _CENSUS, _GONE),
    ),
    Tracker.GRAPHQL_CENSUS: (
        ("POST /graphql", _SOURCE, frozenset[int](), False, "with errors alone"),
    ),
    Tracker.GITLAB_CENSUS: (
        ("GET /api/v4/groups/{}/epics (ids)", _CENSUS),
        ("GET /api/v4/groups/{}/epics/{}", _CENSUS, _NO_TIER),
        ("GET /api/v4/projects/{}/issues (ids)", _CENSUS),
        ("GET /api/v4/projects/{}/issues/{}", _CENSUS, _NO_TIER),
    ),
    Tracker.CLOUD_WITHOUT_3: (("POST /rest/api/2/changelog/bulkfetch", _NOTHING, _NO_BULK),),
    Tracker.CLOUD_WITHOUT_BULK: (("GET /rest/api/2/issue/{}/changelog", _NOTHING, _NO_BULK),),
    Tracker.DATACENTER_CUT: (
        ("GET /rest/api/2/issue/{}/changelog", _NOTHING, _NO_BULK),
        ("GET /rest/api/2/issue/{}", _NOTHING, _NO_BULK),
    ),
    Tracker.GITHUB_OF_A_USER: (
        ("GET /users/{}/projectsV2/{}/fields", _NOTHING, frozenset[int](), True),
        ("GET /users/{}/projectsV2/{}/items", _NOTHING, frozenset[int](), True),
    ),
    Tracker.CLOUD_HIDDEN: (("GET /rest/api/3/myself", _SOURCE, frozenset[int](), True),),
    Tracker.GITLAB_MOVED: (("POST /api/graphql", Meaning.SCOPE, _NO_TIER),),
}
LISTINGS = tuple(
    Listing(tracker, *row)  # type: ignore[arg-type]
    for tracker, rows in _ROWS.items()
    for row in rows
)
_BY_NAME = {(row.tracker, row.name): row for row in LISTINGS}


def row_of(tracker: Tracker, name: str) -> Listing:
    """Give the row of one of a site's own listings."""
    return _BY_NAME[tracker, name]


def known_names(tracker: Tracker | None = None) -> frozenset[str]:
    """Name the listings that have a row, of one site or of any."""
    return frozenset(row.name for row in LISTINGS if tracker in (None, row.tracker))


def meaning(tracker: Tracker, name: str, status: int) -> Meaning:
    """Say what a refusal of a listing means."""
    row = row_of(tracker, name)
    return Meaning.NOTHING if status in row.answers else row.refused
