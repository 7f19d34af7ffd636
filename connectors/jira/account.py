"""Who is asking a Jira site, and what they may see, asked where no header tells.

Jira names the account in a header of each answer (``X-AUSERNAME``, ``X-AAccountId`` on Cloud), so
that a sync need not ask ``/myself`` for it: only where a proxy takes the headers away, once.
``/mypermissions`` tells why there is nothing to see: it is asked before a project that shows no
issue is taken to be empty, by a first pull or a census, and before issues that are refused are
taken to be gone. A sync that finds nothing changed, and a census that misses nothing, ask neither.
"""

import msgspec

from slipwatch.aggregator.connector import Skip

from .client import JiraClient
from .guide import is_gateway

BROWSE = "BROWSE_PROJECTS"
_PASS_OVER = (400, 401, 403, 404, 405)
"""Answers of old sites, and to tokens with scopes that leave this out; others ask the same and
are not passed over."""


class _Permission(msgspec.Struct, rename="camel"):
    have_permission: bool = False


class _Permissions(msgspec.Struct):
    permissions: dict[str, _Permission] = {}


def check_account(client: JiraClient) -> None:
    """Raise ``Stop`` for a caller whom the site does not know, though it answers.

    Atlassian's gateway lets no such caller through, and not all tokens may ask it for this.
    """
    if client.is_named or is_gateway(client.url):
        return
    client.get("myself")
    client.is_named = True


def check_permission(client: JiraClient, project: str) -> None:
    """Raise ``Skip`` for a project whose issues the account may not see."""
    if not may_browse(client, project):
        raise Skip(
            f"{client.name}: {project}: the account may not see its issues; give it the permission "
            "Browse Projects there"
        )


def may_browse(client: JiraClient, project: str | None = None) -> bool:
    """Whether the account may see a project, or any; a site that does not say lets it."""
    asked: dict[str, str | int] = {"permissions": BROWSE}
    if project is not None:
        asked["projectKey"] = project
    answer = client.get("mypermissions", asked, scope=project, accept=_PASS_OVER)
    if answer.status != 200:
        return True
    found = client.read(answer, "mypermissions", _Permissions).permissions.get(BROWSE)
    return found is None or found.have_permission
