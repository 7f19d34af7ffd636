"""How an address of GitHub is recognised: github.com, ghe.com, an Enterprise Server."""

import re
from urllib.parse import SplitResult

from slipwatch.config.guide import Address, Guide, base_of

PUBLIC = "https://api.github.com"
ENTERPRISE = "/api/v3"
"""Where an Enterprise Server has its API."""

_OWNER = r"[A-Za-z0-9][A-Za-z0-9-]*"
_REPOSITORY = re.compile(rf"/(?:repos/)?({_OWNER})/([A-Za-z0-9_.-]+?)(?:\.git)?(?:/|$)")
_ORGANIZATION = re.compile(rf"/(?:orgs/)?({_OWNER})(?:/(?:repositories|projects)?)?$")
_NO_OWNERS = frozenset(
    (
        "api",
        "enterprises",
        "explore",
        "features",
        "login",
        "marketplace",
        "notifications",
        "orgs",
        "pricing",
        "repos",
        "search",
        "settings",
        "signup",
        "sponsors",
        "stars",
        "topics",
        "users",
    )
)


def recognise(parts: SplitResult) -> Address | None:
    """Read an address of a repository, an organization, or the API itself."""
    host = (parts.hostname or "").lower()
    path = parts.path
    certain = True
    if host in {"github.com", "www.github.com", "api.github.com"}:
        url = PUBLIC
    elif host.endswith(".ghe.com"):
        tenant = host.removeprefix("api.")
        url = f"https://api.{tenant}"
    else:
        certain = path.startswith(ENTERPRISE) or host.startswith(("github.", "ghe."))
        path = path.removeprefix(ENTERPRISE)
        url = base_of(parts, ENTERPRISE)
    scopes, groups = _about(path)
    return Address(settings={"url": url}, certain=certain, scopes=scopes, groups=groups)


def _about(path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The repository or the organization that a path leads to."""
    repository = _REPOSITORY.match(path)
    if repository is not None and repository[1].lower() not in _NO_OWNERS:
        return (f"{repository[1]}/{repository[2]}",), ()
    organization = _ORGANIZATION.match(path)
    if organization is not None and organization[1].lower() not in _NO_OWNERS:
        return (), (organization[1],)
    return (), ()


GUIDE = Guide(
    recognise=recognise,
    scope="repository",
    scopes="repositories",
    groups="organizations",
    example="acme/web",
    milestone="milestone",
    discover="milestones",
    credentials=(
        "GitHub: a personal access token, made in Settings, Developer settings: a fine-grained one "
        "that reads Issues and Metadata of the repositories, or a classic one with the scope repo."
    ),
)
