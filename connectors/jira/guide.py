"""How an address of Jira is recognised: Cloud, its gateway for tokens with scopes, Data Center."""

import re
from urllib.parse import SplitResult, urlsplit

from slipwatch.config.guide import Address, Guide, base_of

GATEWAY = "api.atlassian.com"

_CLOUD = re.compile(r"[a-z0-9-]+\.(?:atlassian\.net|jira\.com|jira-dev\.com)", re.IGNORECASE)
_THROUGH_GATEWAY = re.compile(r"/ex/jira/[A-Za-z0-9-]+")
_PROJECT = re.compile(r"/(?:projects|browse)/(?P<key>[A-Z][A-Z0-9_]+)(?=[/-]|$)")
_PAGES = re.compile(
    r"/(?:browse|projects?|issues?|secure|rest|plugins|login\.jsp|servicedesk)(?=/|$)"
)


def is_gateway(url: str) -> bool:
    """Whether an address is Atlassian's for tokens with scopes."""
    return urlsplit(url).hostname == GATEWAY


def recognise(parts: SplitResult) -> Address | None:
    """Read an address; below a host of one's own Jira may live under a path, as in ``/jira``."""
    host = (parts.hostname or "").lower()
    if host == GATEWAY:
        through = _THROUGH_GATEWAY.match(parts.path)
        if through is None:
            return None
        url = base_of(parts, through[0])
        # The site's own address is known once it has been asked.
        return Address(settings={"url": url, "browse_url": url}, certain=True, account=None)
    key = _PROJECT.search(parts.path)
    scopes = (key["key"],) if key is not None else ()
    if _CLOUD.fullmatch(host):
        return Address(settings={"url": base_of(parts)}, certain=True, account=True, scopes=scopes)
    return Address(
        settings={"url": base_of(parts, _context(parts.path))},
        certain=key is not None or "/rest/api/" in parts.path,
        account=None,
        scopes=scopes,
    )


def _context(path: str) -> str:
    """The path that Jira is installed under: what comes before its own pages."""
    page = _PAGES.search(path)
    return path if page is None else path[: page.start()]


GUIDE = Guide(
    recognise=recognise,
    scope="project",
    scopes="projects",
    example="PAY",
    milestone="version",
    discover="versions",
    credentials=(
        "Jira Cloud: an API token, made under Security on id.atlassian.com. Jira Data Center: a "
        "personal access token, made in your profile. Its account has to browse the projects."
    ),
    hints={
        "links: {blocks: [Blocks], depends: []}": "the link types that say what waits for what",
        "remote_links: true": "reads links to other tools too; one request per changed issue",
    },
)
