"""Recorded answers of GitHub's REST API, converted as a pull converts them."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

import msgspec

from slipwatch.aggregator.records import Batch, Item, Link, TrackerMilestone

from .convert import Reading, item_of, links_of, milestone_of, repository_of
from .payloads import Issue, Milestone

_T = TypeVar("_T")


def convert(payload: object, reading: Reading) -> Batch:
    """Convert recorded answers: one, or a list, or a list of pages.

    Issues and milestones, alone or within issues, become records; what else GitHub's REST API
    sends (events, comments, accounts, …) holds nothing that is kept. Raises ``ValueError`` for
    what is not from there.
    """
    items: dict[str, Item] = {}
    milestones: dict[str, TrackerMilestone] = {}
    links: dict[str, list[Link]] = {}
    for where, found in _objects(payload, "$"):
        if _is_issue(found):
            issue = _typed(found, Issue, where)
            if reading.keeps(issue.pull_request):
                item = item_of(issue, reading)
                items[item.id] = item
                links[item.id] = links_of(issue, item, reading)
            if issue.milestone is not None:
                inner = _located(issue.milestone, reading)
                milestones.setdefault(inner.id, inner)
        elif _is_milestone(found):
            milestone = _located(_typed(found, Milestone, where), reading)
            milestones[milestone.id] = milestone
        elif not _is_other(found):
            raise ValueError(
                f"{where}: no answer of GitHub's REST API: "
                "expected issues or milestones, one by one, in a list or in pages"
            )
    return Batch(
        cursor={},
        items=tuple(items.values()),
        milestones=tuple(milestones.values()),
        links=tuple(link for owner in items for link in links[owner]),
    )


def _located(milestone: Milestone, reading: Reading) -> TrackerMilestone:
    return milestone_of(milestone, reading.repository(repository_of(milestone)))


def _objects(payload: object, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every answer's objects with their place: of pages, searches and recorded exchanges too."""
    if isinstance(payload, (list, tuple)):
        for number, part in enumerate(cast("Sequence[object]", payload)):
            yield from _objects(part, f"{where}[{number}]")
    elif isinstance(payload, dict):
        found = cast("dict[str, Any]", payload)
        if {"method", "path", "status", "response"} <= found.keys():
            answer = found["response"]
            if isinstance(answer, (list, dict)):
                for place, part in _objects(cast("object", answer), f"{where}.response"):
                    if _is_issue(part) or _is_milestone(part):
                        yield place, part
        elif {"total_count", "items"} <= found.keys():
            yield from _objects(found["items"], f"{where}.items")
        else:
            yield where, found
    else:
        raise ValueError(  # noqa: TRY004  # a wrong payload, not a wrong call
            f"{where}: expected an object or a list, not {type(payload).__name__}"
        )


def _is_issue(found: dict[str, Any]) -> bool:
    return {"number", "title", "state", "repository_url", "comments_url"} <= found.keys()


def _is_milestone(found: dict[str, Any]) -> bool:
    return {"number", "title", "open_issues", "closed_issues"} <= found.keys()


def _is_other(found: dict[str, Any]) -> bool:
    """Whether an object is of a kind that is not kept.

    All that REST sends names an address (``url``, ``html_url``, ``documentation_url``, …); the
    GraphQL answers of collectors name their node.
    """
    return any(key == "url" or key.endswith("_url") for key in found) or (
        {"DatabaseId", "CommitOid"} <= found.keys()
    )


def _typed(found: dict[str, Any], kind: type[_T], where: str) -> _T:
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from None
