"""Budgets from the file and the sheets to the assessment, as of today and before."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.money.views import CostView
from slipwatch.aggregator.store import Store
from slipwatch.daemon.costing import read_costs
from slipwatch.daemon.pipeline import run_assessment
from slipwatch.daemon.syncing import sync_once
from slipwatch.daemon.wiring import open_configured_store, read_settings

FILE = """\
store: sqlite:///FOLDER/slipwatch.db
sources: {plan: {kind: file, path: plan.csv}}
assess: {trials: 100}
reporting_currency: EUR
rates: [{date: 2026-01-01, from: USD, to: EUR, rate: 0.5}]
programs:
  - id: checkout
    projects:
      - id: web
        scope: [{source: plan}]
        milestones:
          - id: cart
            from: [{source: plan, milestone: Cart}]
            baseline: {start: 2026-01-05, finish: 2026-02-01}
        budget:
          currency: USD
          bac: 1000
          approved: {by: dana, date: 2026-01-02}
          plan: budget.csv
          actuals: {csv: {path: actuals.csv}}
"""
PLAN = """\
kind,key,title,milestone,done,due
milestone,M1,Cart,,,2026-02-01
item,V-1,Draw it,Cart,{done},
item,V-2,Build it,Cart,,
"""
BUDGET = "date,cumulative\n2026-01-04,0\n2026-01-18,500\n2026-02-01,1000\n"


@dataclass(frozen=True)
class Office:
    """A folder with the file and its sheets, and the store that remembers them."""

    folder: Path
    store: Store

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        text = text.replace("FOLDER", str(self.folder))
        (self.folder / name).write_text(text, encoding="utf-8")

    def assess(self, now: date, as_of: date | None = None) -> Assessment:
        """Read everything on a day at noon, and assess; a past day is a replay."""
        settings = read_settings(self.folder / "slipwatch.yaml")
        at = datetime.combine(now, time(12), tzinfo=UTC)
        if as_of is None:
            sync_once(settings, self.store, "plan", now=lambda: at)
            read_costs(settings, self.store, now=lambda: at)
        return run_assessment(
            settings, self.store, as_of=as_of or now, now=at, remember=as_of is None
        ).assessment


@pytest.fixture
def office(tmp_path: Path) -> Generator[Office]:
    """Give one whose work begins on 5 January; nothing is booked before the 7th."""
    text = FILE.replace("FOLDER", str(tmp_path))
    (tmp_path / "slipwatch.yaml").write_text(text, encoding="utf-8")
    with open_configured_store(read_settings(tmp_path / "slipwatch.yaml")) as store:
        made = Office(tmp_path, store)
        made.write("plan.csv", PLAN.format(done=""))
        made.write("budget.csv", BUDGET)
        made.write("actuals.csv", "date,amount\n")
        made.assess(date(2026, 1, 5))
        yield made


def cost_of(assessment: Assessment) -> CostView:
    """Find the cost of the project."""
    (project,) = assessment.projects
    assert project.cost is not None
    return project.cost


def test_what_is_booked_and_done_shows_in_the_assessment(office: Office) -> None:
    office.write("actuals.csv", "date,amount\n2026-01-07,300\n2026-01-09,300\n")
    office.write("plan.csv", PLAN.format(done="2026-01-08"))
    office.assess(date(2026, 1, 10))  # what is worked out has to be said twice
    assessment = office.assess(date(2026, 1, 11))
    cost = cost_of(assessment)

    assert (cost.pv, cost.ev, cost.ac, cost.cpi) == (250, 500, 600, 0.8333)
    (program,) = assessment.programs
    assert program.cost is not None
    assert (program.cost.currency, program.cost.bac, program.cost.ac) == ("EUR", 500, 300)
    rules = {(finding.rule, finding.subject) for finding in assessment.findings}
    assert {("BUD-001", "checkout/web"), ("BUD-001", "checkout/budget")} <= rules


def test_as_of_a_past_day_the_figures_are_those_of_then(office: Office) -> None:
    office.write("actuals.csv", "date,amount\n2026-01-07,300\n")
    office.assess(date(2026, 1, 8))
    office.write("actuals.csv", "date,amount\n2026-01-07,100\n2026-01-09,300\n")
    office.assess(date(2026, 1, 11))

    replayed = [
        cost_of(office.assess(date(2026, 1, 11), as_of=date(2026, 1, day))).ac
        for day in (6, 7, 8, 9, 11)
    ]

    # The books of the 8th said 300; those of the 11th correct that.
    assert replayed == [0, 0, 300, 300, 400]


def _break(sheet: Path) -> None:
    sheet.write_text("date,amount\nsoon,3\n")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(Path.unlink, id="it is gone"),
        pytest.param(_break, id="it is broken"),
    ],
)
def test_a_sheet_that_cannot_be_read_leaves_what_it_said_and_says_so(
    office: Office, spoil: Callable[[Path], object]
) -> None:
    office.write("actuals.csv", "date,amount\n2026-01-07,300\n")
    office.assess(date(2026, 1, 8))
    spoil(office.folder / "actuals.csv")
    cost = cost_of(office.assess(date(2026, 1, 9)))

    assert cost.ac == 300
    assert cost.unknown[0].startswith("what was spent lately: actuals.csv: ")


def test_a_sheet_that_never_could_be_read_is_no_zero(office: Office) -> None:
    office.write("slipwatch.yaml", FILE.replace("actuals.csv", "books.csv").replace("web", "app"))
    cost = cost_of(office.assess(date(2026, 1, 6)))

    assert cost.ac is None
    assert any("there is no such file" in reason for reason in cost.unknown)
