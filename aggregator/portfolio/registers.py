"""From the file and the trackers to a program's registers, as of one day.

A tracker's entry is an item of a selector: its key names it, its assignee owns it. The fields that
its source names say the rest, and labels what no field says; nothing is written to a tracker.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar, get_args

from slipwatch.config.oversight import (
    ActionSettings,
    DecisionSettings,
    IssueSettings,
    RegisterSettings,
    RiskScaleSettings,
    RiskSettings,
)
from slipwatch.config.programs import ProgramSettings

from ..records import Item
from ..register.model import (
    Action,
    Bands,
    Decision,
    Entry,
    Exposure,
    Issue,
    Level,
    Register,
    Response,
    Risk,
)
from .facts import Ref
from .lookup import Lookup

S = TypeVar("S", bound=RegisterSettings)
E = TypeVar("E", bound=Entry)

_LABEL = re.compile(r"(?:risk[-_ ])?([a-z]+)\s*(?:::|[:=/_-])\s*(\S.*)", re.IGNORECASE)


def read_register(
    program: ProgramSettings, lookup: Lookup, exposures: Sequence[Exposure] = ()
) -> Register | None:
    """Read the registers of a program; None where the file has none for it."""
    written = (program.risks, program.issues, program.actions, program.decisions, program.steering)
    if not any(written):
        return None
    reader = _Reader(program, lookup)
    risks = reader.read("risk", program.risks, reader.risk, reader.tracked_risk)
    issues = reader.read("issue", program.issues, reader.issue, reader.tracked_issue)
    reader.known = frozenset(entry.id for entry in (*risks, *issues))
    bands = program.risk_scale.bands
    met = sorted(
        (one for one in program.steering if lookup.past(one.held)), key=lambda one: one.held
    )
    return Register(
        bands=Bands(medium=bands.medium, high=bands.high, critical=bands.critical),
        risks=risks,
        issues=issues,
        actions=reader.read("action", program.actions, reader.action, reader.tracked_action),
        decisions=reader.read(
            "decision", program.decisions, reader.decision, reader.tracked_decision
        ),
        steered=tuple(one.held for one in met),
        minutes=met[-1].minutes if met else "",
        steering=bool(program.steering or program.decisions),
        exposures=tuple(one for one in exposures if one.day < lookup.as_of),
    )


class _Reader:
    def __init__(self, program: ProgramSettings, lookup: Lookup) -> None:
        self._program = program.id
        self._scale: RiskScaleSettings = program.risk_scale
        self._lookup = lookup
        self.known: frozenset[str] = frozenset()
        """Ids of the risks and issues, once they are read."""

    def read(
        self,
        kind: str,
        written: Iterable[S],
        declared: Callable[[S, Mapping[str, Any]], E],
        tracked: Callable[[Item, Ref, Mapping[str, Any]], E],
    ) -> tuple[E, ...]:
        """Read one register, in order of its ids; an entry that two selectors mean is one."""
        found: dict[str, E] = {}
        for settings in written:
            if settings.from_ is None:
                entry = declared(settings, self._declared(kind, settings))
                found.setdefault(entry.id, entry)
                continue
            for ref in self._lookup.items(settings.from_):
                item = self._lookup.item(ref)
                entry = tracked(item, ref, self._tracked(kind, item, ref))
                found.setdefault(entry.id, entry)
        day = self._lookup.as_of
        there = (e for e in found.values() if e.raised is None or e.raised <= day)
        return tuple(sorted(there, key=lambda entry: entry.id))

    def risk(self, settings: RiskSettings, common: Mapping[str, Any]) -> Risk:
        return Risk(
            **common,
            due=settings.review_by,
            done=self._lookup.past(settings.closed),
            probability=settings.probability,
            impact=settings.impact,
            response=settings.response,
            mitigation=settings.mitigation,
            reviewed=self._lookup.past(settings.reviewed),
            approver=settings.approver,
            expires=settings.expires,
        )

    def tracked_risk(self, item: Item, ref: Ref, common: Mapping[str, Any]) -> Risk:
        told = Said(item)
        day = self._lookup.day
        return Risk(
            **common,
            due=told.day("review") or item.due_date,
            probability=told.number("probability", self._scale.probability, most=1.0),
            impact=told.number("impact", self._scale.impact),
            response=told.choice("response", get_args(Response)) or "mitigate",
            mitigation=told.first("mitigation") or "",
            reviewed=self._lookup.past(
                told.day("reviewed") or day(item.updated_at) or day(item.created_at)
            )
            or day(item.created_at),
            approver=self._named(ref, told.first("approver")),
            expires=told.day("expires"),
        )

    def issue(self, settings: IssueSettings, common: Mapping[str, Any]) -> Issue:
        return Issue(
            **common,
            due=settings.due,
            done=self._lookup.past(settings.closed),
            severity=settings.severity,
        )

    def tracked_issue(self, item: Item, ref: Ref, common: Mapping[str, Any]) -> Issue:
        severity = Said(item).choice("severity", get_args(Level))
        return Issue(**common, due=item.due_date, severity=severity)

    def action(self, settings: ActionSettings, common: Mapping[str, Any]) -> Action:
        about = [("risk", settings.risk), ("issue", settings.issue)]
        return Action(
            **common,
            due=settings.due,
            done=self._lookup.past(settings.done),
            about=next((f"{self._program}/{kind}:{name}" for kind, name in about if name), None),
        )

    def tracked_action(self, item: Item, ref: Ref, common: Mapping[str, Any]) -> Action:
        told = Labels(item.labels)
        linked = [self._lookup.item(other).key for other in sorted(self._lookup.linked(ref))]
        meant = (
            f"{self._program}/{kind}:{name}"
            for kind in ("risk", "issue")
            for name in (*told.all(kind), *linked)
        )
        about = next((one for one in meant if one in self.known), None)
        return Action(**common, due=item.due_date, about=about)

    def decision(self, settings: DecisionSettings, common: Mapping[str, Any]) -> Decision:
        return Decision(
            **common,
            due=settings.due,
            done=self._lookup.past(settings.decided),
            by=settings.by,
            outcome=settings.outcome,
        )

    def tracked_decision(self, item: Item, ref: Ref, common: Mapping[str, Any]) -> Decision:
        return Decision(**common, due=item.due_date, by=item.assignee if common["done"] else None)

    def _named(self, ref: Ref, account: str | None) -> str | None:
        return None if account is None else self._lookup.called(ref, account)

    def _declared(self, kind: str, settings: RegisterSettings) -> dict[str, Any]:
        return {
            "id": f"{self._program}/{kind}:{settings.id}",
            "title": settings.title or str(settings.id),
            "url": settings.url,
            "owner": settings.owner,
            "raised": settings.raised,
            "milestones": self._lookup.resolve(self._program, settings.milestones),
        }

    def _tracked(self, kind: str, item: Item, ref: Ref) -> dict[str, Any]:
        named = self._lookup.resolve(self._program, Labels(item.labels).all("milestone"))
        return {
            "id": f"{self._program}/{kind}:{item.key}",
            "title": item.title,
            "url": item.url,
            "owner": self._named(ref, Said(item).field("owner")) or item.assignee,
            "raised": self._lookup.day(item.created_at),
            "done": self._lookup.ended(item),
            "milestones": tuple(sorted({*named, *self._lookup.milestones_of(ref)})),
        }


class Said:
    """What an item says of itself as an entry: in fields, or else in labels."""

    def __init__(self, item: Item) -> None:
        self._parts = Labels(item.told), Labels(item.labels)

    def field(self, name: str) -> str | None:
        """Give what a field says."""
        return self._parts[0].first(name)

    def first(self, name: str) -> str | None:
        """Give the first thing told of a name."""
        return next((said for each in self._parts if (said := each.first(name))), None)

    def choice(self, name: str, choices: Iterable[Any]) -> Any:
        """Give the first thing told of a name that is one of a few."""
        allowed = tuple(choices)
        return next((said for each in self._parts if (said := each.choice(name, allowed))), None)

    def day(self, name: str) -> date | None:
        """Give the first day told of a name."""
        return next((day for each in self._parts if (day := each.day(name))), None)

    def number(
        self, name: str, words: Mapping[str, float], *, most: float | None = None
    ) -> float | None:
        """Give the largest number told of a name, by itself or by a word for it."""
        found = (each.number(name, words, most=most) for each in self._parts)
        return next((number for number in found if number is not None), None)


class Labels:
    """What labels such as ``probability:0.3`` or ``risk-impact-high`` say."""

    def __init__(self, labels: Iterable[str]) -> None:
        found = (_LABEL.fullmatch(label.strip()) for label in labels)
        self._told = [(m[1].casefold(), m[2].strip()) for m in found if m is not None]

    def all(self, name: str) -> Iterator[str]:
        """Give what is told of a name."""
        return (value for key, value in self._told if key == name)

    def first(self, name: str) -> str | None:
        """Give the first thing told of a name."""
        return next(self.all(name), None)

    def choice(self, name: str, choices: Iterable[Any]) -> Any:
        """Give the first thing told of a name that is one of a few."""
        return next((v.casefold() for v in self.all(name) if v.casefold() in choices), None)

    def day(self, name: str) -> date | None:
        """Give the first day told of a name."""
        for value in self.all(name):
            try:
                return date.fromisoformat(value[:10])
            except ValueError:
                continue
        return None

    def number(
        self, name: str, words: Mapping[str, float], *, most: float | None = None
    ) -> float | None:
        """Give the largest number told of a name, by itself or by a word for it."""
        meant = {word.casefold(): number for word, number in words.items()}
        found = [_number(value, meant) for value in self.all(name)]
        known = [n for n in found if n is not None and n >= 0 and (most is None or n <= most)]
        return max(known, default=None)


def _number(text: str, words: Mapping[str, float]) -> float | None:
    if text.casefold() in words:
        return words[text.casefold()]
    match = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?) ?(%?)", text)
    return None if match is None else float(match[1]) / (100 if match[2] else 1)
