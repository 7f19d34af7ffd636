"""The world that the simulated servers show: three sites, one clock, one lock."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .github_projects import Project
from .github_site import GithubSite
from .jira_site import JiraSite

CLOUD_TOKEN = "demo-jira-cloud-token"  # noqa: S105 - opens nothing but the simulated servers
DATA_CENTER_TOKEN = "demo-jira-dc-token"  # noqa: S105 - the same
GITHUB_TOKEN = "demo-github-token"  # noqa: S105 - the same


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class World:
    """All sites as of ``now``.

    Servers answer under ``lock``; whoever edits a world that is being served holds it too.
    """

    now: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    """The simulated clock, in UTC; the servers' ``Date`` header."""
    jira_cloud: JiraSite = field(default_factory=lambda: JiraSite(cloud=True, token=CLOUD_TOKEN))
    jira_dc: JiraSite = field(
        default_factory=lambda: JiraSite(cloud=False, token=DATA_CENTER_TOKEN)
    )
    github: GithubSite = field(default_factory=lambda: GithubSite(token=GITHUB_TOKEN))
    github_projects: list[Project] = field(default_factory=list[Project])
    addresses: dict[str, str] = field(default_factory=dict[str, str])
    """Where each site is served: ``jira_cloud``, ``jira_dc`` and ``github`` to a base URL."""
    lock: threading.RLock = field(default_factory=threading.RLock)
