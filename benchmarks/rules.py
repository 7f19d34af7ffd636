"""Measures the rules on one core: ``python -m benchmarks.rules``.

10,000 milestones with ten open items each are forecast once, unmeasured; then all rules are asked,
first without a memory and then as the service asks them, with what the evaluation before left.
Building the world that the rules look at is part of it, and shown by itself, too.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from rich.console import Console
from rich.table import Table

from slipwatch.aggregator.assess import assess_portfolio
from slipwatch.aggregator.indexes.tasks import Tasks
from slipwatch.aggregator.portfolio.model import Milestone, Observation, OpenItem, Portfolio
from slipwatch.aggregator.store import RuleMemory
from slipwatch.config.rules import RulesSettings
from slipwatch.rules.engine import Evaluation, evaluate
from slipwatch.rules.table import RULES
from slipwatch.rules.world import World

from .forecast_worlds import AS_OF, program

BOUND = 5.0
"""Seconds that all rules may take (issue 6)."""
ITEMS = 10
"""In every milestone."""
SLOWEST = 8
"""Rules whose own time is shown."""
_NOON = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 12, tzinfo=UTC)


def main() -> int:
    """Print what was measured; 1 when the bound does not hold."""
    console = Console(width=120)
    built = portfolio()
    assessment = assess_portfolio(built, seed=0, trials=100, causes=False).assessment
    began = time.process_time()
    World(built, assessment)
    building = time.process_time() - began
    first, anew = _timed(lambda: evaluate(World(built, assessment), RULES, RulesSettings()))
    memory = _memory(
        evaluate(World(built, assessment), RULES, RulesSettings(), memory=RuleMemory())
    )
    again, _ = _timed(
        lambda: evaluate(World(built, assessment), RULES, RulesSettings(), memory=memory)
    )
    table = Table("What", "Seconds of CPU", "Bound", "Holds", box=None)
    holds = True
    for what, seconds in (("all rules, for the first time", first), ("with a memory", again)):
        holds &= seconds < BOUND
        table.add_row(what, f"{seconds:.2f}", f"{BOUND:g}", "ok" if seconds < BOUND else "NOT")
    console.print(
        f"{len(RULES)} rules, {len(built.milestones):,} milestones, "
        f"{len(built.milestones) * ITEMS:,} items, {len(built.dependencies):,} dependencies: "
        f"{len(anew.findings):,} findings; building the world takes {building:.2f} seconds"
    )
    console.print(table)
    console.print(_slowest(World(built, assessment)))
    return 0 if holds else 1


def portfolio() -> Portfolio:
    """Build a portfolio of the size that the bound is for."""
    bare = program(streams=100, queue=100, dependencies=15_000, red=500)
    return replace(
        bare,
        milestones={
            name: _filled(milestone, number)
            for number, (name, milestone) in enumerate(bare.milestones.items())
        },
    )


def _filled(milestone: Milestone, number: int) -> Milestone:
    """Give it open items, every tenth of them blocked, and a date that moved now and then."""
    day = milestone.plan or AS_OF
    began = _NOON - timedelta(days=120)
    return replace(
        milestone,
        weight=1.0 + number % 5,
        open_items=tuple(_item(milestone, number, place) for place in range(ITEMS)),
        history=tuple(
            Observation(began + timedelta(days=25 * move), day - timedelta(days=7 * (3 - move)))
            for move in range(number % 4 + 1)
        ),
        tasks=Tasks(
            finish=AS_OF - timedelta(days=number % 60 - 20),
            planned=ITEMS,
            done=number % ITEMS,
            open=tuple(f"jira:PAY-{number}{place}" for place in range(number % ITEMS, ITEMS)),
        ),
    )


def _item(milestone: Milestone, number: int, place: int) -> OpenItem:
    blocked = place == 0
    return OpenItem(
        source="jira",
        key=f"PAY-{number * ITEMS + place}",
        title=f"Item {place} of {milestone.title}",
        url="https://jira.example/browse/PAY-1",
        assignee="ana" if place % 2 else None,
        blocked_since=_NOON - timedelta(days=number % 30) if blocked else None,
        blockers=(f"jira:PAY-{max(0, number - 1) * ITEMS + 1}",) if blocked else (),
    )


def _memory(evaluation: Evaluation) -> RuleMemory:
    kept = evaluation.evaluated
    return RuleMemory() if kept is None else RuleMemory(rules=kept.rules, states=kept.states)


def _timed(work: Callable[[], Evaluation]) -> tuple[float, Evaluation]:
    began = time.process_time()
    done = work()
    return time.process_time() - began, done


def _slowest(world: World) -> Table:
    """Show the rules that take longest by themselves, once what they share is there."""
    table = Table("Rule", "Seconds of CPU", "Findings", box=None)
    found = [
        (*_timed(partial(evaluate, world, [rule], RulesSettings())), rule.id) for rule in RULES
    ]
    for seconds, evaluation, rule_id in sorted(found, key=lambda one: -one[0])[:SLOWEST]:
        table.add_row(rule_id, f"{seconds:.3f}", f"{len(evaluation.findings):,}")
    return table


if __name__ == "__main__":
    sys.exit(main())
