"""A program in a few lines: its money, its benefits, its risks."""

from collections.abc import Iterator
from dataclasses import dataclass

from slipwatch.aggregator.assessment import ProgramView
from slipwatch.aggregator.percent import percent

from .money import say_cost
from .notifications.describing import clean
from .wording import say_amount

LONGEST = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Where a program stands in one respect, in a sentence."""

    about: str
    says: str


def at_a_glance(program: ProgramView) -> Iterator[Fact]:
    """Say what stands behind the page, for who reads no more than its begin."""
    if program.cost is not None:
        yield Fact(about="Money", says=clean(f"{say_cost(program.cost)}.", LONGEST))
    benefits = _benefits(program)
    if benefits:
        yield Fact(about="Benefits", says=clean(benefits, LONGEST))
    risks = say_exposure(program)
    if risks:
        yield Fact(about="Risks", says=risks)


def say_exposure(program: ProgramView) -> str:
    """Say what the open risks come to; empty where none is open."""
    register = program.register
    number = sum(risk.open for risk in register.risks) if register is not None else 0
    if register is None or not number:
        return ""
    currency = program.cost.currency if program.cost is not None else ""
    total = say_amount(register.exposure, currency)
    unmeasured = f", {register.unmeasured} not measured" if register.unmeasured else ""
    return f"{number} open, an exposure of {total}{unmeasured}."


def _benefits(program: ProgramView) -> str:
    """Say what was due, what of it came, and what delay defers."""
    found = program.aims.indicators.benefits_realised if program.aims is not None else {}
    parts = [
        f"{say_amount(one.denominator, currency)} were due by now, {percent(one.value)} came"
        for currency, one in found.items()
        if one.value is not None
    ]
    deferred: dict[str, float] = {}
    for view in program.benefits:
        if view.deferred_value and view.deferred_value > 0 and view.currency:
            deferred[view.currency] = deferred.get(view.currency, 0.0) + view.deferred_value
    if deferred:
        amounts = [say_amount(value, currency) for currency, value in deferred.items()]
        parts.append(f"delay defers {' and '.join(amounts)}")
    return f"{'; '.join(parts)}." if parts else ""
