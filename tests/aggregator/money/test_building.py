"""Budgets as the file has them, with what their feeds and logged hours say."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from slipwatch.aggregator.money.building import money_of
from slipwatch.aggregator.money.model import Budget, CostReading, Effort, Money, Posting
from slipwatch.config.settings import SlipwatchSettings

NOW = datetime(2026, 3, 2, tzinfo=UTC)
FIRST, SECOND = date(2026, 2, 2), date(2026, 2, 9)
RATES = [
    {"date": "2026-01-01", "from": "EUR", "to": "USD", "rate": 1.5},
    {"date": "2026-02-09", "from": "EUR", "to": "USD", "rate": 2.0},
]
POSTED = (Posting(FIRST, 100.0, "web"), Posting(SECOND, 100.0, "web"), Posting(FIRST, 7.0, "api"))


def money(
    *, whole: dict[str, Any], web: dict[str, Any], hours: Any = None, **top: Any
) -> dict[str, Budget]:
    """Give the budgets of a program and of one of its projects."""
    written = {
        "programs": [
            {
                "id": "p",
                "budget": {"currency": "EUR", "bac": 900, **whole},
                "projects": [
                    {"id": "web", "stream": "core", "budget": {"bac": 900, **web}},
                    {"id": "api", "stream": "core"},
                    {"id": "app"},
                ],
            }
        ],
        **top,
    }
    said = {"p actuals": [CostReading(feed="p actuals", at=NOW, postings=POSTED)]}
    found: Money = money_of(SlipwatchSettings.model_validate(written), said, hours or {}, {})
    return dict(found.budgets)


def told(**top: Any) -> Budget:
    """Give a project's budget in dollars, of a program that is paid in euros."""
    actuals = {"csv": {"path": "actuals.csv", "project": "project"}}
    return money(whole={"actuals": actuals}, web={"currency": "USD"}, **top)["p/web"]


def test_what_a_program_spent_on_a_project_counts_at_the_rates_of_the_days() -> None:
    assert told(rates=RATES).actuals == (
        Posting(FIRST, 150.0, "web"),
        Posting(SECOND, 200.0, "web"),
    )


def test_without_a_rate_what_a_program_spent_on_a_project_is_unknown() -> None:
    lacking = told()

    assert lacking.actuals is None
    assert lacking.actuals_error == "there is no rate from EUR to USD by 2026-02-02"


@pytest.mark.parametrize(
    ("rates", "spent"),
    [
        ({"rate": 10}, {"web": 30, "api": 10, "app": 10}),
        ({"rate": 80, "per": "day"}, {"web": 30, "api": 10, "app": 10}),
        ({"rate": 10, "streams": {"core": 20}}, {"web": 60, "api": 20, "app": 10}),
        (
            {"rate": 10, "streams": {"core": 20}, "projects": {"api": 5}},
            {"web": 60, "api": 5, "app": 10},
        ),
        (
            {"rate": 10, "projects": {"web": 20}, "roles": {"architect": 50}},
            {"web": 2 * 50 + 20, "api": 10, "app": 10},
        ),
    ],
)
def test_an_hour_costs_what_its_role_says_else_its_project_else_its_team(
    rates: dict[str, Any], spent: dict[str, float]
) -> None:
    hours = {
        "p/web": [Effort(FIRST, 1.0), Effort(FIRST, 2.0, "architect")],
        "p/api": [Effort(FIRST, 1.0)],
        "p/app": [Effort(FIRST, 1.0, "tester")],
    }
    budgets = money(whole={"actuals": {"worklogs": rates}}, web={"currency": "EUR"}, hours=hours)
    found: dict[str | None, float] = {}
    for posting in budgets["p"].actuals or ():
        found[posting.project] = found.get(posting.project, 0.0) + posting.amount

    assert found == spent
