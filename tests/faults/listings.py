"""Every listing that a full sync asks for, and what it means when one is refused.

``listing_of`` in ``bench.py`` makes the names. A test says so when a connector asks for one that
has no row here; whether it has one or not, every fault is tried on it.
"""

from dataclasses import dataclass
from enum import StrEnum

from ..acceptance.worlds import Kind


class Meaning(StrEnum):
    """What a sync does without a listing."""

    SCOPE = "leaves its project or repository out"
    SOURCE = "ends: nothing of the source can be read until somebody acts"
    NOTHING = "goes on"


@dataclass(frozen=True, slots=True)
class Listing:
    """One row.

    ``optional`` are the statuses that only mean there is nothing to be had. A ``spare`` listing is
    done without for now, whatever is wrong with it: there is another way, or a warning.
    """

    kind: Kind
    name: str
    refused: Meaning = Meaning.SCOPE
    optional: frozenset[int] = frozenset()
    spare: bool = False


_SOURCE = Meaning.SOURCE
_GONE = frozenset({404, 410})
_UNTOLD = frozenset({403, 404, 410})

LISTINGS = (
    Listing(Kind.CLOUD, "GET /rest/api/2/serverInfo", _SOURCE),
    Listing(Kind.CLOUD, "GET /rest/api/2/field", _SOURCE),
    Listing(Kind.CLOUD, "GET /rest/api/2/project/{}/versions"),
    Listing(Kind.CLOUD, "GET /rest/api/2/search/jql"),
    Listing(Kind.CLOUD, "POST /rest/api/3/changelog/bulkfetch", Meaning.NOTHING, spare=True),
    Listing(Kind.CLOUD, "GET /rest/agile/1.0/board", Meaning.NOTHING, spare=True),
    Listing(Kind.CLOUD, "GET /rest/api/2/issue/{}/remotelink", _SOURCE, _UNTOLD),
    Listing(Kind.DATACENTER, "GET /rest/api/2/serverInfo", _SOURCE),
    Listing(Kind.DATACENTER, "GET /rest/api/2/field", _SOURCE),
    Listing(Kind.DATACENTER, "GET /rest/api/2/project/{}/versions"),
    Listing(Kind.DATACENTER, "GET /rest/api/2/search"),
    Listing(Kind.DATACENTER, "GET /rest/agile/1.0/board", Meaning.NOTHING, spare=True),
    Listing(Kind.DATACENTER, "GET /rest/api/2/issue/{}/remotelink", _SOURCE, _UNTOLD),
    Listing(Kind.GITHUB, "GET /orgs/{}/repos", _SOURCE),
    Listing(Kind.GITHUB, "GET /repos/{}/milestones"),
    Listing(Kind.GITHUB, "GET /repositories/{}/milestones"),
    Listing(Kind.GITHUB, "GET /repos/{}/issues", optional=frozenset({410})),
    Listing(Kind.GITHUB, "GET /repositories/{}/issues"),
    Listing(Kind.GITHUB, "GET /repos/{}/issues/events", optional=_UNTOLD),
    Listing(Kind.GITHUB, "GET /repositories/{}/issues/events", optional=_UNTOLD),
    Listing(Kind.GITHUB, "GET /repos/{}/issues/{}/sub_issues", optional=_GONE),
    Listing(Kind.GITHUB, "GET /repos/{}/issues/{}/dependencies/blocked_by", optional=_GONE),
)


def meaning(kind: Kind, name: str, status: int) -> Meaning:
    """Say what a refusal of a listing means; one without a row is about its project."""
    for row in LISTINGS:
        if (row.kind, row.name) == (kind, name):
            return Meaning.NOTHING if status in row.optional else row.refused
    return Meaning.SCOPE


def is_spare(kind: Kind, name: str) -> bool:
    """Tell whether a sync may go on without a listing, whatever is wrong with it."""
    return any(row.spare for row in LISTINGS if (row.kind, row.name) == (kind, name))
