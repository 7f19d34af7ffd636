"""One assessment from end to end: read, build, forecast, judge, remember."""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec
import structlog

from slipwatch.aggregator.assess import Assessed, assess_portfolio
from slipwatch.aggregator.assessment import Assessment, to_json
from slipwatch.aggregator.communication.model import OpenFinding
from slipwatch.aggregator.delay.estimate import Dated, estimate
from slipwatch.aggregator.delay.learning import Learner
from slipwatch.aggregator.delay.views import Delays
from slipwatch.aggregator.judging.health import judge_health
from slipwatch.aggregator.judging.log import Before, colour_changes, read_before
from slipwatch.aggregator.memory import Memory
from slipwatch.aggregator.people.names import naming_mark
from slipwatch.aggregator.portfolio.build import Built, build_portfolio, end_of_day
from slipwatch.aggregator.portfolio.facts import Facts
from slipwatch.aggregator.portfolio.model import Portfolio
from slipwatch.aggregator.portfolio.sources import SourceStatus
from slipwatch.aggregator.reading import Reader
from slipwatch.aggregator.recorded import Recorded, as_seen, read_recorded
from slipwatch.aggregator.store.store import Store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.rules.engine import Evaluation, evaluate
from slipwatch.rules.recalling import recall
from slipwatch.rules.table import load_rules
from slipwatch.rules.world import World

from .deciding import deciding
from .declaring import note_file
from .moving import Mover

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An assessment with its findings, and the portfolio that it is about."""

    assessment: Assessment
    portfolio: Portfolio


def run_assessment(
    settings: SlipwatchSettings,
    store: Store,
    *,
    as_of: date,
    now: datetime,
    remember: bool,
    reader: Reader | None = None,
    learner: Learner | None = None,
    mover: Mover | None = None,
    memory: Memory | None = None,
) -> Outcome:
    """Assess what is stored as of a day.

    With ``remember`` (today's assessments) the store keeps what later ones need: dates of the
    file, ids of discovered milestones, baselines, the life of findings, the assessment itself.
    A replay of a past day leaves no trace. A ``reader`` that is handed in again saves making twice
    the facts that are as they were, a ``learner`` learning twice from the same past, a ``mover``
    telling twice why the same forecasts moved, and a ``memory`` computing twice what has not
    changed.
    """
    # The assessment before is still the latest: that of today replaces it when it is remembered.
    kept = store.assessment() if remember else None
    before = None if kept is None else read_before(kept.body)
    recorded = None if remember else last_recorded(store, as_of)
    if remember:
        note_file(settings, store, before, now=now)
    facts = replace(
        (reader or Reader()).read(store, past=not remember),
        findings=_open_findings(before, recorded),
    )
    parts = None if memory is None else memory.parts
    built = build_portfolio(settings, facts, as_of, now=now, kept=parts)
    on_the_day = recorded if recorded is not None and recorded.as_of == as_of else None
    portfolio = built.portfolio if on_the_day is None else as_seen(built.portfolio, on_the_day)
    assessed = assess_portfolio(
        portfolio,
        seed=settings.assess.seed,
        trials=settings.assess.trials,
        window=settings.assess.window,
        memory=memory,
    )
    mover = mover or Mover()
    moved = mover.tell(store, settings.assess, portfolio, assessed.assessment)
    world = World(portfolio, moved)
    evaluation = _judge(settings, store, world, remember=remember, recorded=on_the_day)
    judged = msgspec.structs.replace(
        moved,
        findings=evaluation.findings,
        rules=evaluation.counts,
        asked=dict(evaluation.asked),
        delays=_delays(settings, facts, built, learner or Learner()),
    )
    assessment = judge_health(portfolio, judged, evaluation.evaluable)
    if remember:
        mover.keep(store, portfolio)
        _log_colours(store, assessment, before, evaluation, now)
        _remember(store, settings, built, assessed, assessment, evaluation, facts.baselines, now)
    return Outcome(assessment=assessment, portfolio=portfolio)


def _open_findings(
    before: Before | None, recorded: Recorded | None
) -> tuple[OpenFinding, ...] | None:
    """Give the findings that were open when it was last assessed; None where it never was."""
    if before is not None:
        return before.findings
    return None if recorded is None else recorded.open_findings()


def last_recorded(store: Store, day: date) -> Recorded | None:
    """Give what the last assessment up to a day concluded; None where there is none to be read."""
    kept = store.assessment_by(day)
    return None if kept is None else read_recorded(kept.body)


def _judge(
    settings: SlipwatchSettings,
    store: Store,
    world: World,
    *,
    remember: bool,
    recorded: Recorded | None,
) -> Evaluation:
    """Ask the rules; as on the day itself where what was ``recorded`` then tells."""
    rules, overrides = load_rules(), settings.rule_overrides()
    naming = naming_mark(settings.privacy.pseudonym_key())
    if recorded is not None:
        evaluation = recall(
            world,
            rules,
            settings.rules,
            settings.waivers,
            recorded,
            overrides=overrides,
            naming=naming,
        )
    else:
        evaluation = evaluate(
            world,
            rules,
            settings.rules,
            settings.waivers,
            _known_since(store, world.as_of),
            overrides=overrides,
            memory=store.rule_memory() if remember else None,
            naming=naming,
        )
    for fault in evaluation.errors:
        log.error("rule failed", rule=fault.rule, exc_info=fault.error)
    return evaluation


def _known_since(store: Store, day: date) -> dict[str, date]:
    """Give the day from which each finding that was open on a day has been open."""
    return {
        life.fingerprint: life.opened_on
        for life in store.findings_life()
        if life.opened_on <= day and (life.closed_on is None or life.closed_on > day)
    }


def _delays(
    settings: SlipwatchSettings, facts: Facts, built: Built, learner: Learner
) -> Delays | None:
    day, zone = built.portfolio.as_of, ZoneInfo(settings.timezone)
    dated = Dated(day=day, zone=zone, moment=end_of_day(day, zone), members=built.members)
    return estimate(facts, dated, learner, seed=settings.assess.seed)


def _log_colours(
    store: Store,
    assessment: Assessment,
    before: Before | None,
    evaluation: Evaluation,
    now: datetime,
) -> None:
    told = evaluation.evaluated
    events = told.events if told is not None else ()
    changes = colour_changes(store.last_colours(), assessment, before, at=now, events=events)
    store.log_colours(changes)


def _remember(
    store: Store,
    settings: SlipwatchSettings,
    built: Built,
    assessed: Assessed,
    assessment: Assessment,
    evaluation: Evaluation,
    known: Container[str],
    now: datetime,
) -> None:
    """Keep what later assessments need; ``known`` are the milestones that have a baseline."""
    store.remember_slugs(built.slugs)
    _record_baselines(store, built, assessed, known, now)
    exposures = {p.id: p.register.exposures[-1] for p in assessment.programs if p.register}
    if exposures:
        store.save_exposures(exposures)
    severities = {finding.fingerprint: finding.severity for finding in assessment.findings}
    decide = deciding(settings, assessment, evaluation, built.portfolio.calendars, now=now)
    store.record_findings(
        assessment.as_of, severities, decide=decide, at=now, evaluated=evaluation.evaluated
    )
    store.save_assessment(
        assessment.as_of,
        to_json(assessment),
        generated_at=assessment.generated_at,
        seed=settings.assess.seed,
    )


def _record_baselines(
    store: Store, built: Built, assessed: Assessed, known: Container[str], now: datetime
) -> None:
    """Record the work of each tracked milestone the first time all of its sources are whole.

    A baseline taken from half a sync, or while a part of it cannot be found, would show the other
    half as added scope for ever.
    """
    portfolio = built.portfolio
    whole = {source.name for source in portfolio.sources if source.status is SourceStatus.OK}
    for milestone in portfolio.milestones.values():
        if milestone.id in known or not milestone.tracked or milestone.actual is not None:
            continue
        if not milestone.sources or not whole.issuperset(milestone.sources) or milestone.missing:
            continue
        members = built.members.get(milestone.id, frozenset())
        store.add_baseline(
            milestone.id,
            recorded_at=now,
            recorded_on=portfolio.as_of,
            start=assessed.starts.get(milestone.id),
            finish=milestone.plan,
            duration=assessed.durations.get(milestone.id),
            scope=len(members),
            items=members,
            only_first=True,
        )
