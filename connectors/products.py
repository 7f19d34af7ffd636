"""What tells, from an answer's headers, which product gave it."""

from collections.abc import Mapping

_MARKS = {
    "x-github-request-id": "GitHub",
    "x-gitlab-meta": "GitLab",
    "x-arequestid": "Jira",
    "x-seraph-loginreason": "Jira",
}
"""Headers, lower-case, that a product sends with refusals too."""


def product_of(headers: Mapping[str, str]) -> str | None:
    """Name the product that gave an answer; None where a proxy took its marks away."""
    return next((product for mark, product in _MARKS.items() if mark in headers), None)
