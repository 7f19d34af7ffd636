"""Asks sources what they are and what they hold, in a bounded number of requests.

The connectors know the tools; here nothing is said of any of them.
"""

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from slipwatch.aggregator.connector import (
    Connector,
    Context,
    Explores,
    FoundScope,
    RequestSeen,
    Retry,
    Site,
    Skip,
    SourceError,
    WrongSite,
    ignore_request,
)
from slipwatch.aggregator.records import Batch
from slipwatch.config.guide import Address, Guide, exploring, split_url, with_scope
from slipwatch.config.sources import SourceSettings
from slipwatch.connectors.table import Make, kinds

from ..wiring import Clock
from .findings import Source

MOST_SCOPES = 100
"""Into more it is not looked: they are written down as they were listed."""

_SAMPLE_REQUESTS = 60
_SAMPLED_SCOPES = 30
_NOTHING_ANSWERS = (
    "Nothing answers at that address: check it, and --ca-file or --proxy where they are needed."
)

Tell = Callable[[str], None]


class GivenError(Exception):
    """What was given cannot be used; the text says why, and what to give instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A kind of source that an address may belong to."""

    kind: str
    guide: Guide
    address: Address
    settings: type[SourceSettings]
    load: Callable[[], Make]


def candidates(url: str) -> list[Candidate]:
    """Name the kinds that an address may belong to: the certain ones, or all worth a try.

    Raises ``GivenError`` for what is no address, or of no kind that can be explored.
    """
    try:
        parts = split_url(url)
    except ValueError as error:
        raise GivenError(str(error)) from None
    found = [
        Candidate(kind=name, guide=guide, address=address, settings=one.settings, load=one.load)
        for name, one in sorted(kinds().items())
        if (guide := one.settings.guide) is not None
        and (address := guide.recognise(parts)) is not None
    ]
    certain = [one for one in found if one.address.certain]
    if not found:
        known = ", ".join(name for name, one in sorted(kinds().items()) if one.settings.guide)
        raise GivenError(f"this is no address of a source that can be explored: {known}")
    return certain or found


def identify(
    found: Sequence[Candidate],
    name: Callable[[Candidate], str],
    settings: Callable[[Candidate], Mapping[str, object]],
    *,
    now: Clock,
    folder: Path,
) -> tuple[Candidate, Source]:
    """Ask who answers, one candidate after another; the first that fits is it.

    Raises ``SourceError`` with what each of them said, but for those that found another's site.
    Where nothing answers at all, the others would fare no better.
    """
    errors: list[SourceError] = []
    answers = 0

    def count(seen: RequestSeen) -> None:
        nonlocal answers
        answers += seen.code != "error"

    for one in found:
        source = Source(
            name=name(one),
            kind=one.kind,
            guide=one.guide,
            site=Site(product="", account=""),
            settings=settings(one),
        )
        try:
            with opened(
                one, source, now=now, folder=folder, sleep=_at_once, on_request=count
            ) as connector:
                site = connector.identify()
        except SourceError as error:
            if isinstance(error, Retry) and not answers:
                raise SourceError(f"{error}\n{_NOTHING_ANSWERS}") from None
            errors.append(error)
            continue
        return one, replace(source, site=site, settings={**source.settings, **site.settings})
    meant = [error for error in errors if not isinstance(error, WrongSite)] or errors
    said = [str(error) for error in meant]
    if any(isinstance(error, Retry) for error in meant):
        said.append("Check the address; a log-in page or a proxy may answer in place of the API.")
    raise SourceError("\n".join(said))


@contextmanager
def opened(
    one: Candidate,
    source: Source,
    *,
    now: Clock,
    folder: Path,
    sleep: Callable[[float], None] = time.sleep,
    on_request: Callable[[RequestSeen], None] = ignore_request,
) -> Generator[Explores]:
    """Make the connector of a source of which nothing is chosen yet."""
    values = {"kind": source.kind, **source.settings}
    try:
        settings = exploring(one.settings, one.guide, values, folder)
    except ValidationError as error:
        reasons = "; ".join(f"{_where(fault['loc'])}{fault['msg']}" for fault in error.errors())
        raise GivenError(f"{source.name}: {reasons}") from None
    context = Context(now=now, sleep=sleep, on_request=on_request)
    connector: Connector = one.load()(source.name, settings, context)
    try:
        if not isinstance(connector, Explores):
            raise GivenError(f"{source.kind} cannot be explored: write its source by hand")
        yield connector
    finally:
        connector.close()


def is_scope(one: Candidate, source: Source, text: str, folder: Path) -> bool:
    """Say whether a text could name a scope of a source."""
    values = {"kind": source.kind, **source.settings}
    try:
        with_scope(one.settings, one.guide, values, text, folder)
    except ValidationError:
        return False
    return True


def look_into(
    connector: Explores, scopes: Sequence[FoundScope], tell: Tell
) -> tuple[list[FoundScope], dict[str, str]]:
    """Look into scopes, the first hundred; also says why which of them are left out."""
    looked: list[FoundScope] = []
    left_out: dict[str, str] = {}
    for number, scope in enumerate(scopes[:MOST_SCOPES]):
        tell(f"{number + 1} of {len(scopes)}, {scope.scope}")
        try:
            looked.append(connector.look(scope.scope))
        except Skip as error:
            left_out[scope.scope] = str(error)
    return [*looked, *scopes[MOST_SCOPES:]], left_out


def sample(connector: Explores, scopes: Sequence[FoundScope], tell: Tell) -> Mapping[str, Batch]:
    """Read some open items of the scopes that have open milestones, where that is possible."""
    wanted = [scope for scope in scopes if scope.milestones][:_SAMPLED_SCOPES]
    samples: dict[str, Batch] = {}
    for number, scope in enumerate(wanted):
        tell(f"{number + 1} of {len(wanted)}, {scope.scope}")
        requests = max(1, _SAMPLE_REQUESTS // len(wanted))
        milestones = [milestone.id for milestone in scope.milestones]
        with suppress(Skip):  # a first proposal does without
            samples[scope.scope] = connector.sample(scope.scope, milestones, requests)
    return samples


def _at_once(_seconds: float) -> None:
    """Wait for nothing: who types an address wants to know at once whether it is the right one."""


def _where(steps: Sequence[int | str]) -> str:
    return f"{'.'.join(map(str, steps))}: " if steps else ""
