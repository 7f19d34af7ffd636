"""How likely each dated item of the programs is late, and what of it speaks for that."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from ..portfolio.facts import Facts, Ref
from ..portfolio.replay import as_of as rewound
from ..records import Item
from .features import FEATURES, OF_PEOPLE, Case, collect
from .learning import Floats, Learned, Learner, medians
from .sprints import tell_sprints
from .stints import midnight, read_stints
from .views import Delay, DelayReason, Delays, ProjectDelays

SHOWN = 200
"""Items, the likeliest first: nobody reads more."""
REASONS = 2
LEAST_EFFECT = 0.05
"""A reason that moves the chance by less is none."""
LIKELY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Whose items are told of, and when."""

    day: date
    zone: ZoneInfo
    moment: datetime
    """The midnight that ends ``day``."""
    members: Mapping[str, frozenset[Ref]]
    """The work items of each milestone (``program/project/milestone``)."""


def estimate(facts: Facts, dated: Dated, learner: Learner, *, seed: int) -> Delays | None:
    """Tell the chance of every open dated item to be late; None where no item has a day.

    Learns from what was known when ``day`` began, so that all assessments of a day use one model.
    """
    facts = rewound(facts, dated.moment)
    begin = midnight(dated.day, dated.zone)
    stints = read_stints(facts, dated.zone)
    cases = collect(facts, stints, dated.moment, told_by=begin, kept=learner.kept)
    homes = _homes(dated.members)
    open_cases = [case for case in cases.open if case.ref in homes]
    if not open_cases:
        return None
    learned = learner.learn(cases.past, seed=seed)
    rows = np.array([case.features for case in open_cases])
    late_already = np.array([case.due < dated.day for case in open_cases])
    chances = np.where(late_already, 1.0, learned.model.chances(rows))
    order = sorted(
        range(len(open_cases)), key=lambda n: (-chances[n], open_cases[n].due, open_cases[n].ref)
    )[:SHOWN]
    usual = medians(rows) if learned.usual is None else learned.usual
    reasons = _reasons(learned, rows[order], chances[order], usual)
    return Delays(
        method=learned.method,
        cases=learned.cases,
        late=learned.late,
        brier=_rounded(learned.brier),
        prior_brier=_rounded(learned.prior_brier),
        projects=_by_project(open_cases, chances, homes),
        sprints=tell_sprints(facts, homes, day=dated.day, zone=dated.zone),
        items=tuple(
            _view(facts.items[open_cases[n].ref], open_cases[n], float(chances[n]), homes, why)
            for n, why in zip(order, reasons, strict=True)
        ),
    )


def _homes(members: Mapping[str, frozenset[Ref]]) -> dict[Ref, list[str]]:
    homes: dict[Ref, list[str]] = defaultdict(list)
    for milestone, refs in members.items():
        for ref in refs:
            homes[ref].append(milestone)
    return homes


def _by_project(
    cases: list[Case], chances: Floats, homes: Mapping[Ref, list[str]]
) -> tuple[ProjectDelays, ...]:
    found: dict[str, list[float]] = defaultdict(list)
    for case, chance in zip(cases, chances, strict=True):
        for project in {milestone.rpartition("/")[0] for milestone in homes[case.ref]}:
            found[project].append(float(chance))
    return tuple(
        ProjectDelays(
            project=project,
            dated=len(values),
            expected=round(sum(values), 2),
            likely=sum(value >= LIKELY for value in values),
        )
        for project, values in sorted(found.items())
    )


def _reasons(
    learned: Learned, rows: Floats, chances: Floats, usual: Floats
) -> Iterator[tuple[DelayReason, ...]]:
    """Tell for each row which known features raise its chance, against an item in time."""
    named = [n for n, name in enumerate(FEATURES) if name not in OF_PEOPLE]
    effects = np.zeros((len(rows), len(FEATURES)))
    for n in named:
        otherwise = rows.copy()
        otherwise[:, n] = usual[n]
        effects[:, n] = chances - learned.model.chances(otherwise)
    for row, chance, effect in zip(rows, chances, effects, strict=True):
        known = [n for n in named if chance < 1 and not np.isnan(row[n])]
        most = sorted(known, key=lambda n: -effect[n])[:REASONS]
        yield tuple(
            DelayReason(
                feature=FEATURES[n],
                value=round(float(row[n]), 2),
                effect=round(float(effect[n]), 3),
            )
            for n in most
            if effect[n] >= LEAST_EFFECT
        )


def _view(
    item: Item,
    case: Case,
    chance: float,
    homes: Mapping[Ref, list[str]],
    reasons: tuple[DelayReason, ...],
) -> Delay:
    return Delay(
        item=f"{case.ref[0]}:{item.key}",
        title=item.title,
        url=item.url,
        milestones=tuple(sorted(homes[case.ref])),
        due=case.due,
        chance=round(chance, 4),
        reasons=reasons,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
