"""Webhooks of the simulated trackers: what they would tell, signed as they sign it."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from .github_payloads import GithubPayloads, Json, stamp
from .github_records import GithubIssue, GithubMilestone, Repository
from .jira_objects import JiraIssue, JiraProject, JiraVersion
from .jira_payloads import JiraPayloads
from .jira_site import JiraSite
from .people import SERVICE_USER, User
from .world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook on its way; sent twice it is the same delivery, as trackers do."""

    body: bytes
    headers: dict[str, str]

    def send(self, url: str) -> int:
        """Post it, and return the status of the answer."""
        parts = urlsplit(url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.request("POST", parts.path, self.body, self.headers)
            return connection.getresponse().status
        finally:
            connection.close()


def sign(body: bytes, secret: str) -> str:
    """Give the signature that both trackers send, each in its own header."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class GithubHooks:
    """The webhooks of the simulated GitHub; the edit itself is made before."""

    world: World
    secret: str
    target: str = "repository"
    """Where the hook was added: to a ``repository`` or an ``organization``."""
    sender: User = field(default=SERVICE_USER)

    def milestone(
        self,
        action: str,
        milestone: GithubMilestone,
        repository: Repository,
        *,
        due_before: datetime | None = None,
    ) -> Delivery:
        """Tell of a milestone; ``due_before`` is what an edit moved its date from."""
        payload: Json = {"milestone": self._payloads.milestone(milestone, repository)}
        if due_before is not None:
            payload["changes"] = {"due_on": {"from": stamp(due_before)}}
        return self._delivery("milestone", action, repository, payload)

    def issue(self, action: str, issue: GithubIssue, **more: object) -> Delivery:
        """Tell of an issue; ``more`` is what this action has beside it, such as ``changes``."""
        payload: Json = {"issue": self._payloads.issue(issue), **more}
        return self._delivery("issues", action, issue.repository, payload)

    def dependency(self, action: str, blocked: GithubIssue, blocker: GithubIssue) -> Delivery:
        """Tell that an issue waits for another, or no more, as the one that waits has it."""
        payload: Json = {
            "blocked_issue": self._payloads.issue(blocked),
            "blocking_issue": self._payloads.issue(blocker),
            "blocking_issue_repo": self._payloads.repository(blocker.repository),
        }
        return self._delivery("issue_dependencies", action, blocked.repository, payload)

    def sub_issue(self, action: str, parent: GithubIssue, child: GithubIssue) -> Delivery:
        """Tell that an issue is part of another, or no more, as the parent has it."""
        payload: Json = {
            "parent_issue": self._payloads.issue(parent),
            "sub_issue": self._payloads.issue(child),
            "sub_issue_repo": self._payloads.repository(child.repository),
        }
        return self._delivery("sub_issues", action, parent.repository, payload)

    def repository(self, action: str, repository: Repository, **changes: object) -> Delivery:
        """Tell of a repository."""
        return self._delivery("repository", action, repository, {"changes": changes})

    def ping(self, repository: Repository) -> Delivery:
        """Say what GitHub says when a hook is added."""
        return self._delivery("ping", None, repository, {"zen": "Keep it logically awesome."})

    @property
    def _payloads(self) -> GithubPayloads:
        return GithubPayloads(self.world.github, self.world.addresses["github"])

    def _delivery(
        self, event: str, action: str | None, repository: Repository, payload: Json
    ) -> Delivery:
        payload |= {
            "repository": self._payloads.repository(repository),
            "sender": self._payloads.user(self.sender),
        }
        body = msgspec.json.encode(payload if action is None else {"action": action, **payload})
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/7d1c0ff",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": str(uuid4()),
            "X-GitHub-Hook-Installation-Target-Type": self.target,
            "X-Hub-Signature-256": sign(body, self.secret),
        }
        return Delivery(body=body, headers=headers)


@dataclass(frozen=True, slots=True)
class JiraHooks:
    """The webhooks of a simulated Jira; the edit itself is made before."""

    world: World
    site: JiraSite
    secret: str
    user: User = field(default=SERVICE_USER)

    def version(self, event: str, version: JiraVersion, project: JiraProject) -> Delivery:
        """Tell of a version: as it is now, and who did it is left out."""
        payload = self._payloads.version(version, project, self.world.now.date())
        return self._delivery(f"jira:version_{event}", {"version": payload})

    def issue(self, event: str, issue: JiraIssue, **more: object) -> Delivery:
        """Tell of an issue; ``more`` is what this event has beside it, such as ``changelog``."""
        payloads = self._payloads
        fields = payloads.select(["summary", "project", "status", "updated", "issuetype"])
        user = payloads.user(self.user)
        payload: Json = {"issue": payloads.issue(issue, fields), "user": user, **more}
        return self._delivery(f"jira:issue_{event}", payload)

    @property
    def _payloads(self) -> JiraPayloads:
        name = "jira_cloud" if self.site.cloud else "jira_dc"
        return JiraPayloads(self.site, self.world.addresses[name], "2", self.world.addresses)

    def _delivery(self, event: str, payload: Json) -> Delivery:
        milliseconds = round(self.world.now.timestamp() * 1000)
        body = msgspec.json.encode({"timestamp": milliseconds, "webhookEvent": event, **payload})
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "X-Atlassian-Webhook-Identifier": str(uuid4()),
            "X-Hub-Signature": sign(body, self.secret),
        }
        return Delivery(body=body, headers=headers)
