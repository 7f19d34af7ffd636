"""Every listing that a full sync asks for, and what a refusal of it concerns.

``listing_of`` in ``bench.py`` makes the names. A test says so when a connector asks for one that
has no row here; whether it has one or not, every fault is tried on it.
"""

from dataclasses import dataclass
from enum import StrEnum

from ..acceptance.worlds import Kind


class Refused(StrEnum):
    """What is lost when a listing is refused with 403, 404 or 410."""

    SCOPE = "its project or repository is left out"
    SOURCE = "the source cannot be read until somebody acts"
    NOTHING = "the sync goes on without it"


@dataclass(frozen=True, slots=True)
class Listing:
    """One row."""

    kind: Kind
    name: str
    refused: Refused


LISTINGS = (
    Listing(Kind.CLOUD, "GET /rest/api/2/serverInfo", Refused.SOURCE),
    Listing(Kind.CLOUD, "GET /rest/api/2/field", Refused.SOURCE),
    Listing(Kind.CLOUD, "GET /rest/api/2/project/{}/versions", Refused.SCOPE),
    Listing(Kind.CLOUD, "GET /rest/api/2/search/jql", Refused.SCOPE),
    Listing(Kind.CLOUD, "GET /rest/api/2/issue/{}/changelog", Refused.SCOPE),
    Listing(Kind.CLOUD, "GET /rest/api/2/issue/{}/remotelink", Refused.NOTHING),
    Listing(Kind.DATACENTER, "GET /rest/api/2/serverInfo", Refused.SOURCE),
    Listing(Kind.DATACENTER, "GET /rest/api/2/field", Refused.SOURCE),
    Listing(Kind.DATACENTER, "GET /rest/api/2/project/{}/versions", Refused.SCOPE),
    Listing(Kind.DATACENTER, "GET /rest/api/2/search", Refused.SCOPE),
    Listing(Kind.DATACENTER, "GET /rest/api/2/issue/{}/remotelink", Refused.NOTHING),
    Listing(Kind.GITHUB, "GET /orgs/{}/repos", Refused.SOURCE),
    Listing(Kind.GITHUB, "GET /repos/{}/milestones", Refused.SCOPE),
    Listing(Kind.GITHUB, "GET /repositories/{}/milestones", Refused.SCOPE),
    Listing(Kind.GITHUB, "GET /repos/{}/issues", Refused.SCOPE),
    Listing(Kind.GITHUB, "GET /repositories/{}/issues", Refused.SCOPE),
    Listing(Kind.GITHUB, "GET /repos/{}/issues/{}/sub_issues", Refused.NOTHING),
    Listing(Kind.GITHUB, "GET /repos/{}/issues/{}/dependencies/blocked_by", Refused.NOTHING),
)


def refused(kind: Kind, name: str) -> Refused:
    """Say what a refusal of a listing concerns; of one without a row, its scope."""
    found = [row.refused for row in LISTINGS if (row.kind, row.name) == (kind, name)]
    return found[0] if found else Refused.SCOPE
