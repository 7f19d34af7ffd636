"""Brings together what a decision about notifications depends on."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.portfolio.calendars import calendars
from slipwatch.aggregator.store import Decision, Said
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.notifications.deciding import Situation, decide
from slipwatch.exporters.notifications.quiet import Clockwork
from slipwatch.rules.engine import Evaluation
from slipwatch.rules.pages import describe
from slipwatch.rules.table import load_rules


def deciding(
    settings: SlipwatchSettings,
    assessment: Assessment,
    evaluation: Evaluation,
    days: Mapping[str, WorkCalendar],
    *,
    now: datetime,
) -> Callable[[Said], Decision]:
    """Give the function that decides what is to be said, and what is no longer acknowledged."""
    situation = Situation(
        assessment=assessment,
        clockwork=Clockwork(now, ZoneInfo(settings.timezone), days),
        unknown=frozenset((untold.rule, untold.subject) for untold in evaluation.unknown),
        silent=frozenset(fault.rule for fault in evaluation.errors),
        advice=_advice(),
        home=settings.external_link(""),
    )
    return lambda said: decide(settings.notifications, situation, said)


def preview_situation(
    settings: SlipwatchSettings, assessment: Assessment, *, now: datetime
) -> Situation:
    """Give what a decision about an assessment that is kept depends on.

    What its rules could not tell is not kept with it, so nothing counts as over.
    """
    return Situation(
        assessment=assessment,
        clockwork=replace(clockwork(settings, now), around_the_clock=True),
        silent=frozenset(rule.id for rule in load_rules()),
        advice=_advice(),
        home=settings.external_link(""),
    )


def clockwork(settings: SlipwatchSettings, now: datetime) -> Clockwork:
    """Give what tells quiet hours."""
    zone = ZoneInfo(settings.timezone)
    return Clockwork(now, zone, calendars(settings.calendars, now.astimezone(zone).date()))


@cache
def _advice() -> Mapping[str, str]:
    """Say by rule what to do, as its page does, without the marks of code."""
    infos = [describe(rule) for rule in load_rules()]
    texts = {info.id: info.sections.get("What to do", "") for info in infos}
    return {rule: " ".join(text.replace("`", "").split()) for rule, text in texts.items()}
