"""Links of an issue: which end comes first, and what is only related."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache

from slipwatch.aggregator.records import Link, LinkKind, LinkOrigin

from ..statements import links_in
from .history import Log
from .payloads import Fields, Issue, IssueLink, LinkType, RemoteLink, text
from .settings import JiraLinks

_OTHER_FIRST = re.compile(
    r"\b(?:blocked by|depends (?:up)?on|dependent on|requires|needs|waits (?:for|on))\b",
    re.IGNORECASE,
)
_THIS_FIRST = re.compile(
    r"\b(?:blocks|(?:depended (?:up)?on|required|needed) by|is a prerequisite)\b", re.IGNORECASE
)


class _First(Enum):
    """Which end of a link has to be finished first."""

    SOURCE = 1
    TARGET = 2


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a link type says; a type that is not mapped says nothing of an order."""

    kind: LinkKind
    first: _First


class LinkTypes:
    """What the operator said about link types, and what was concluded for those seen."""

    def __init__(self, settings: JiraLinks) -> None:
        self._blocks = frozenset(map(plain, settings.blocks))
        self._depends = frozenset(map(plain, settings.depends))
        self._known: dict[tuple[object, ...], _Meaning | None] = {}

    def meaning(self, kind: LinkType) -> _Meaning | None:
        """Say what a type means; None where it is not mapped."""
        key = (kind.id, kind.name, kind.inward, kind.outward)
        if key not in self._known:
            self._known[key] = self._conclude(kind)
        return self._known[key]

    def _conclude(self, kind: LinkType) -> _Meaning | None:
        names = {plain(name) for name in (kind.name, text(kind.id)) if name}
        outward, inward = plain(kind.outward or ""), plain(kind.inward or "")
        for listed, meant, usual in (
            (self._blocks, LinkKind.BLOCKS, _First.SOURCE),
            (self._depends, LinkKind.DEPENDS, _First.TARGET),
        ):
            if names & listed:
                return _Meaning(meant, _by_words(outward, inward) or usual)
            # Listed by how it reads in one direction, which says where it begins.
            if outward and outward in listed:
                return _Meaning(meant, usual)
            if inward and inward in listed:
                return _Meaning(meant, _other(usual))
        return None


def _by_words(outward: str, inward: str) -> _First | None:
    """Tell the direction by the words of a type, where they are clear.

    A link reads "source *outward* target" and "target *inward* source".
    """
    for words, this, other in (
        (outward, _First.SOURCE, _First.TARGET),
        (inward, _First.TARGET, _First.SOURCE),
    ):
        if _OTHER_FIRST.search(words):
            return other
        if _THIS_FIRST.search(words):
            return this
    return None


def _other(first: _First) -> _First:
    return _First.TARGET if first is _First.SOURCE else _First.SOURCE


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Fold a name that people write in several ways."""
    return name.replace("\u2019", "'").strip().casefold()


def links_of(
    issue: Issue[Fields],
    types: LinkTypes,
    log: Log,
    remote_links: Sequence[RemoteLink],
) -> tuple[Link, ...]:
    """Give every dependency once, as the firmest evidence has it, and what is only related.

    The changelog says when a link to another issue was made.
    """
    typed: list[Link] = []
    if issue.fields.issuelinks:
        since = {text(entry.item.new): entry.at for entry in log if entry.role == "link"}
        typed = list(_typed(issue, types, since))
    said = (*_remote(issue, remote_links), *_stated_in_texts(issue))
    if not typed and not said:
        return ()
    found: dict[tuple[str, str], Link] = {}
    for link in (*(link for link in typed if link.kind is not LinkKind.RELATES), *said):
        if link.upstream != link.downstream:
            found.setdefault((link.upstream, link.downstream), link)
    for link in typed:
        ends = (link.upstream, link.downstream)
        if link.kind is LinkKind.RELATES and not {ends, ends[::-1]} & found.keys():
            found[ends] = link
    return tuple(found.values())


def _typed(
    issue: Issue[Fields], types: LinkTypes, since: Mapping[str | None, datetime]
) -> Iterator[Link]:
    for link in issue.fields.issuelinks or ():
        if link.type is None:
            continue
        source, target = _ends(issue, link)
        if source is None or target is None or source == target:
            continue
        meaning = types.meaning(link.type)
        source_first = meaning is None or meaning.first is _First.SOURCE
        yield Link(
            owner=issue.id,
            kind=LinkKind.RELATES if meaning is None else meaning.kind,
            upstream=source if source_first else target,
            downstream=target if source_first else source,
            label=link.type.name or "",
            since=since.get(target if source == issue.key else source),
        )


def _ends(issue: Issue[Fields], link: IssueLink) -> tuple[str | None, str | None]:
    """Give source and target: ``source`` *outward* ``target``."""
    if link.outward_issue is not None:
        return issue.key, link.outward_issue.key
    return (link.inward_issue.key, issue.key) if link.inward_issue is not None else (None, None)


def _remote(issue: Issue[Fields], remote_links: Sequence[RemoteLink]) -> Iterator[Link]:
    for remote in remote_links:
        url = remote.object.url if remote.object is not None else None
        if url and remote.relationship:
            phrase = f"{remote.relationship} {url}"
            yield from links_in(
                phrase, owner=issue.id, key=issue.key, origin=LinkOrigin.REMOTE_LINK
            )


def _stated_in_texts(issue: Issue[Fields]) -> Iterator[Link]:
    for words in (issue.fields.summary, issue.fields.description):
        if isinstance(words, str):
            yield from links_in(words, owner=issue.id, key=issue.key)
