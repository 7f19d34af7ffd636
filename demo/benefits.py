"""What the company wants from its programs, and what it measures of that, as days go by."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

WEEK = timedelta(weeks=1)
_NOISE = 0.04
_DELIVERY = (
    'slipwatch_project_cycle_time_seconds{project="checkout/payments",quantile="0.5"} / 86400'
)

OBJECTIVES = """\
objectives:
  - {id: growth, title: Grow online revenue, owner: vera, weight: 5}
  - {id: calm, title: Customers who need not call, owner: omar, weight: 2}
"""


def benefits(start: date, prometheus_url: str | None) -> str:
    """Write the benefits of the checkout program; one more where a Prometheus can be asked."""
    launch, app, year = start + 8 * WEEK, start + 9 * WEEK, timedelta(weeks=52)
    return f"""\
    objectives: [growth, calm]
    business_case: {{years: 3}}
    benefits:
      - id: conversion
        title: Higher conversion
        outcome: Customers pay in one step.
        priority: 1
        objective: growth
        owner: vera
        responsible: dee
        unit: percent
        baseline: {{value: 2.1, as_of: {start - 26 * WEEK}}}
        target: {{value: 2.6, by: {launch + year / 2}}}
        start: {launch}
        curve: s_curve
        annual_value: {{amount: 480000, currency: EUR}}
        cadence: P1W
        enabled_by: [{{milestone: web/launch}}]
        measure: {{csv: {{path: conversion.csv, time: week, value: percent}}}}
      - id: refunds
        title: Faster refunds
        objective: calm
        owner: omar
        unit: days
        baseline: {{value: 9, as_of: {start - 26 * WEEK}}}
        target: {{value: 4, by: {start + 21 * WEEK}}}
        start: {start - 13 * WEEK}
        annual_value: {{amount: 90000, currency: EUR}}
        cadence: P1W
        enabled_by: [{{milestone: payments/refunds-api}}]
        measure: {{csv: {{path: refunds.csv, time: week, value: days}}}}
      - id: calls
        title: Fewer calls to support
        objective: calm
        owner: omar
        unit: calls a week
        baseline: {{value: 900, as_of: {start - 26 * WEEK}}}
        target: {{value: 650, by: {app + year / 2}}}
        start: {app}
        annual_value: {{amount: 76000, currency: USD}}
        enabled_by: [{{milestone: mobile/app-5}}]
        measure: {{manual: true}}
{_delivery(start, prometheus_url)}"""


def enabler(start: date) -> str:
    """Write the milestone that brought faster refunds: done, five days after it was planned."""
    planned = start - 14 * WEEK + timedelta(days=2)
    return f"""\
          - id: refunds-api
            title: Refunds API
            owner: ana
            baseline: {{finish: {planned}}}
            finished: {planned + timedelta(days=5)}
"""


def sheets(start: date, today: date, seed: int) -> dict[str, str]:
    """Write the files in which the company keeps what it measured, by name, until today."""
    return {
        "conversion.csv": "week,percent\n"
        + "".join(f"{day},{value:.3f}\n" for day, value in _conversion(start, today, seed)),
        "refunds.csv": "week,days\n"
        + "".join(f"{day},{value:.2f}\n" for day, value in _refunds(start, today, seed)),
    }


def told(start: date, today: date, seed: int) -> list[tuple[str, date, float, str]]:
    """Give what people counted themselves by today: the benefit, the day, the value, who."""
    days = (start + n * 4 * WEEK for n in range(-3, 40))
    return [
        ("calls", day, float(round(900 * (1 + _jitter(seed, "calls", day)))), "omar")
        for day in days
        if day <= today
    ]


def _conversion(start: date, today: date, seed: int) -> Iterator[tuple[date, float]]:
    for day in _mondays(start, today):
        yield day, 2.1 * (1 + _jitter(seed, "conversion", day))


def _refunds(start: date, today: date, seed: int) -> Iterator[tuple[date, float]]:
    """Follow the plan at nine tenths of its pace."""
    first, last = start - 13 * WEEK, start + 21 * WEEK
    for day in _mondays(start, today):
        part = min(max((day - first) / (last - first), 0.0), 1.0)
        yield day, (9 - 0.9 * 5 * part) * (1 + _jitter(seed, "refunds", day) / 4)


def _mondays(start: date, today: date) -> Iterator[date]:
    day = start - 26 * WEEK
    while day <= today:
        yield day
        day += WEEK


def _jitter(seed: int, what: str, day: date) -> float:
    return random.Random(f"{seed}/{what}/{day}").uniform(-_NOISE, _NOISE)


def _delivery(start: date, prometheus_url: str | None) -> str:
    if prometheus_url is None:
        return ""
    return f"""\
      - id: delivery
        title: Faster delivery
        objective: growth
        owner: ana
        unit: days
        baseline: {{value: 7, as_of: {start - 26 * WEEK}}}
        target: {{value: 3, by: {start + 21 * WEEK}}}
        start: {start - 13 * WEEK}
        cadence: P1D
        enabled_by: [{{milestone: payments/refunds-api}}]
        measure: {{promql: {{url: {prometheus_url}, query: '{_DELIVERY}'}}}}
"""
