"""How an address of GitLab is recognised: gitlab.com, or a GitLab of one's own."""

import re
from urllib.parse import SplitResult

from slipwatch.config.guide import Address, Guide, base_of

PUBLIC = "https://gitlab.com"

_API = "/api/v4"
_PATH = r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*"
_GROUP = re.compile(
    rf"/(?:groups/(?P<of_pages>{_PATH})|(?P<alone>[A-Za-z0-9_][\w.-]*))(?:/-(?:/|$)|/?$)"
)
_PROJECT = re.compile(rf"/({_PATH}/[A-Za-z0-9_][\w.-]*?)(?:\.git)?(?:/-(?:/|$)|/?$)")
_NO_PLACES = frozenset(
    {"-", "admin", "api", "dashboard", "explore", "groups", "help", "projects", "search", "users"}
)


def recognise(parts: SplitResult) -> Address | None:
    """Read an address of a project, a group, or the API itself.

    Below a host of one's own GitLab may live under a path; only an address of its API tells.
    """
    host = (parts.hostname or "").lower()
    before, api, _ = parts.path.partition(_API)
    if host in {"gitlab.com", "www.gitlab.com"}:
        url, certain = PUBLIC, True
    else:
        url = base_of(parts, before if api else "")
        certain = bool(api) or "/-/" in parts.path or host.startswith("gitlab.")
    projects, groups = ((), ()) if api else _about(parts.path)
    return Address(settings={"url": url}, certain=certain, scopes=projects, groups=groups)


def _about(path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The project or the group that a path leads to."""
    group = _GROUP.match(path)
    if group is not None:
        name = group["of_pages"] or group["alone"]
        return (), () if name in _NO_PLACES else (name,)
    project = _PROJECT.match(path)
    if project is not None and project[1].partition("/")[0] not in _NO_PLACES:
        return (project[1],), ()
    return (), ()


GUIDE = Guide(
    recognise=recognise,
    scope="project",
    scopes="projects",
    groups="groups",
    example="acme/api",
    milestone="milestone",
    discover="milestones",
    credentials=(
        "GitLab: an access token with the scope read_api: a personal one, made in your profile "
        "under Access tokens, or one of a group or project. Its account has to be a member."
    ),
    hints={
        'dropped_labels: ["duplicate", "wontfix"]': "closed issues with these were not done",
    },
)
