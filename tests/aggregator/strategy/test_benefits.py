"""Benefits in an assessment: what enables them makes them late; readings count as of their day."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.assess import assess
from slipwatch.aggregator.assessment import Assessment, ProgramView
from slipwatch.aggregator.benefits.model import Fetching, Reading
from slipwatch.aggregator.benefits.views import BenefitView, Indicators, MoneyKpi
from slipwatch.aggregator.money.model import CostReading, Posting
from slipwatch.aggregator.portfolio.build import build_portfolio
from slipwatch.aggregator.portfolio.facts import Facts
from slipwatch.config.settings import SlipwatchSettings

DAY = date(2026, 10, 1)
MORNING = datetime(2026, 9, 30, 9, 0, tzinfo=UTC)
LAUNCH: dict[str, Any] = {"id": "launch", "duration": "0wd", "commitment": "2026-07-01"}
BENEFIT: dict[str, Any] = {
    "id": "B1",
    "title": "Faster onboarding",
    "objective": "growth",
    "owner": "jane",
    "baseline": {"value": 100},
    "target": {"value": 60, "by": "2026-12-31"},
    "start": "2026-07-01",
    "annual_value": {"amount": 240000, "currency": "EUR"},
    "enabled_by": [{"milestone": "web/launch"}],
    "measure": {"manual": True},
}


def reading(value: float, at: str, fetched_at: str | None = None) -> Reading:
    return Reading(
        value=value,
        at=datetime.fromisoformat(at).replace(tzinfo=UTC),
        fetched_at=datetime.fromisoformat(fetched_at or at).replace(tzinfo=UTC),
        source="manual",
    )


def assessed(
    *readings: Reading,
    benefit: dict[str, Any] | None = None,
    milestones: Sequence[dict[str, Any]] = (LAUNCH,),
    as_of: date = DAY,
    fetching: Fetching | None = None,
    top: Mapping[str, Any] | None = None,
    costs: Mapping[str, Sequence[Posting]] | None = None,
    **more: Any,
) -> Assessment:
    own = BENEFIT if benefit is None else {**BENEFIT, **benefit}
    written = {
        "objectives": [{"id": "growth", "title": "Grow", "weight": 5}, {"id": "calm"}],
        "programs": [
            {
                "id": "p",
                "objectives": ["growth"],
                "benefits": [own],
                "projects": [
                    {"id": "web", "milestones": list(milestones)},
                    {"id": "app", "milestones": [{"id": "beta", "duration": "5wd"}]},
                ],
                **more,
            }
        ],
        **(top or {}),
    }
    settings = SlipwatchSettings.model_validate(written)
    facts = Facts(
        readings={"p/benefit:B1": readings},
        fetching={} if fetching is None else {"p/benefit:B1": fetching},
        costs={
            feed: [CostReading(feed=feed, at=MORNING, postings=tuple(postings))]
            for feed, postings in (costs or {}).items()
        },
    )
    now = datetime.combine(as_of, datetime.min.time(), tzinfo=UTC)
    portfolio = build_portfolio(settings, facts, as_of, now=now).portfolio
    return assess(portfolio, as_of)


def program(*readings: Reading, **about: Any) -> ProgramView:
    (found,) = assessed(*readings, **about).programs
    return found


def benefit(*readings: Reading, **about: Any) -> BenefitView:
    (found,) = program(*readings, **about).benefits
    return found


def test_a_profile_is_shown_whole_and_by_priority() -> None:
    profile: dict[str, Any] = {
        "description": "Customers are set up sooner.",
        "outcome": "Sales calls customers the day after they sign.",
        "responsible": "bo",
        "tangible": False,
        "priority": 2,
    }
    second = {**BENEFIT, **profile}
    first, last = {**BENEFIT, "id": "B2", "priority": 1}, {**BENEFIT, "id": "B3"}
    found = program(benefits=[last, second, first]).benefits

    assert [one.id for one in found] == ["B2", "B1", "B3"]
    assert {name: getattr(found[1], name) for name in profile} == profile


def test_an_enabler_done_late_shifts_the_curve_and_defers_value() -> None:
    view = benefit(reading(88, "2026-10-01"), milestones=[{**LAUNCH, "finished": "2026-08-15"}])

    assert view.enabled_by[0].delay_days == view.shift_days == 45
    assert view.expected_at_reading == pytest.approx(79.8907)
    assert view.realisation_ratio == pytest.approx(0.5967)
    assert view.expected_after_slip == pytest.approx(89.7268)
    assert view.deferred_value == 29589.04
    assert view.cost_of_delay_per_day == 657.53
    assert view.lost_value is None
    assert (view.start_after_slip, view.target_date_after_slip) == (
        date(2026, 8, 15),
        date(2027, 2, 14),
    )


def test_an_enabler_on_time_or_early_shifts_nothing() -> None:
    on_time = benefit(milestones=[{**LAUNCH, "finished": "2026-07-01"}])
    early = benefit(milestones=[{**LAUNCH, "finished": "2026-06-01"}])

    assert on_time.shift_days == early.shift_days == 0
    assert early.enabled_by[0].delay_days == -30
    assert on_time.expected_after_slip == on_time.expected
    assert on_time.deferred_value == 0
    assert on_time.shifted == ()


def test_an_enabler_is_late_against_its_baseline_before_its_commitment() -> None:
    late = {**LAUNCH, "baseline": {"finish": "2026-08-01"}, "finished": "2026-08-15"}
    assert benefit(milestones=[late]).shift_days == 14


def test_enablers_count_by_their_contribution() -> None:
    view = benefit(
        milestones=[
            {**LAUNCH, "finished": "2026-07-31"},
            {"id": "data", "duration": "0wd", "commitment": "2026-07-01", "finished": "2026-07-11"},
        ],
        benefit={
            "enabled_by": [
                {"milestone": "web/launch", "contribution": 70},
                {"milestone": "web/data", "contribution": 30},
            ]
        },
    )
    assert view.shift_days == pytest.approx(0.7 * 30 + 0.3 * 10)


def test_an_enabler_that_nobody_can_date_leaves_the_shift_unknown() -> None:
    undated = {"id": "launch", "commitment": "2026-07-01", "remaining": 5}
    view = benefit(reading(88, "2026-10-01"), milestones=[undated])

    assert view.enabled_by[0].delay_days is None
    assert view.shift_days is None
    assert view.deferred_value is None
    assert view.expected_after_slip is None
    assert view.realisation_ratio == pytest.approx(0.5967)


def test_a_window_that_closes_loses_what_is_late() -> None:
    late = [{**LAUNCH, "finished": "2026-08-15"}]
    open_long = benefit(milestones=late, benefit={"expires_on": "2028-01-01"})
    never = benefit(milestones=late, benefit={"expires_on": "2026-07-01"})

    assert open_long.lost_value == pytest.approx(29589.04, abs=1)
    assert never.lost_value == 0


def test_a_disbenefit_costs_and_its_delay_saves() -> None:
    view = benefit(
        milestones=[{**LAUNCH, "finished": "2026-08-15"}], benefit={"kind": "disbenefit"}
    )
    assert view.annual_value == -240000
    assert view.deferred_value == -29589.04


def test_readings_count_as_of_their_day_and_corrections_from_when_they_were_known() -> None:
    told = (
        reading(95, "2026-08-01"),
        reading(88, "2026-10-01"),
        reading(91, "2026-08-01", "2026-09-15"),
        reading(80, "2026-10-02"),
    )
    assert benefit(*told).value == 88
    september = benefit(*told, as_of=date(2026, 9, 1))
    assert (september.value, september.read_on) == (95, date(2026, 8, 1))
    assert benefit(*told, as_of=date(2026, 9, 20)).value == 91
    history = benefit(reading(95, "2026-08-01", "2026-11-26"), as_of=date(2026, 9, 1))
    assert history.value == 95, "a history that was loaded later is of its own days"


def test_an_error_is_shown_until_the_next_attempt_and_no_zero() -> None:
    failed = Fetching(last_attempt=datetime(2026, 9, 30, tzinfo=UTC), error="no sample", failures=3)
    view = benefit(fetching=failed)
    assert (view.value, view.error, view.failures) == (None, "no sample", 3)
    assert view.realisation_ratio is None
    before = benefit(fetching=failed, as_of=date(2026, 9, 1))
    assert before.error is None


def test_a_milestone_says_what_it_enables_and_what_a_day_costs() -> None:
    found = assessed(milestones=[{**LAUNCH, "finished": "2026-08-15"}]).milestone("p/web/launch")
    assert found is not None
    (enabled,) = found.enables
    assert (enabled.benefit, enabled.share, enabled.delay_days) == ("p/benefit:B1", 1, 45)
    assert (enabled.per_day, enabled.deferred_value) == (657.53, 29589.04)


def test_value_that_came_is_a_share_of_value_that_was_due() -> None:
    found = program(reading(88, "2026-10-01"))
    assert found.aims is not None
    realised = found.aims.indicators.benefits_realised["EUR"]
    assert realised.value == pytest.approx(0.5967)
    # A line from nothing on 1 July to all on 31 December, until the end of 1 October.
    assert realised.denominator == pytest.approx(240000 * 93 * 93 / 183 / 2 / 365, abs=1)
    never_read = program()
    assert never_read.aims is not None
    assert never_read.aims.indicators.benefits_realised["EUR"].value == 0


def test_a_business_case_is_weighed_before_and_after_the_slip() -> None:
    found = program(
        milestones=[{**LAUNCH, "finished": "2026-08-15"}],
        business_case={"cost": {"amount": 200000}, "years": 3, "rate": 0.08},
    )
    assert found.aims is not None
    case = found.aims.case
    assert case.before is not None
    assert case.after is not None
    assert case.begins == date(2026, 7, 1)
    assert case.before.flows[0] == case.after.flows[0] == -200000
    first = case.before.flows[1] - case.after.flows[1]
    assert first == pytest.approx(29589, abs=30)
    # The second of these years has a 29 February.
    assert case.before.flows[2:] == pytest.approx((240657.53, 240000), abs=1)
    assert case.after.npv == pytest.approx(case.before.npv - first / 1.08, abs=1)
    assert case.before.payback_years is not None


def test_a_business_case_goes_by_the_budget_where_the_file_states_no_cost() -> None:
    budget = {"currency": "EUR", "bac": 150000, "approved": {"by": "dana", "date": "2026-06-01"}}
    found = program(budget=budget)
    assert found.aims is not None
    assert found.aims.case.before is not None
    assert found.aims.case.before.cost == 150000


@pytest.mark.parametrize(
    ("about", "missing"),
    [
        ({}, "the program's cost: `business_case.cost`, or a budget"),
        (
            {"business_case": {"cost": {"amount": 1, "currency": "CHF"}}},
            "a rate from EUR to CHF under `rates`, by 2026-10-01",
        ),
        (
            {"business_case": {"cost": {"amount": 1}}, "benefit": {"annual_value": None}},
            "a benefit with an `annual_value`",
        ),
        (
            {"business_case": {"cost": {"amount": 1}}, "benefit": {"baseline": None}},
            "baseline, target and dates of B1",
        ),
    ],
)
def test_a_business_case_says_what_it_lacks(about: dict[str, Any], missing: str) -> None:
    found = program(**about)
    assert found.aims is not None
    assert found.aims.case.after is None
    assert found.aims.case.missing == (missing,)


DOLLARS: dict[str, Any] = {
    "benefit": {"annual_value": {"amount": 300000, "currency": "USD"}},
    "milestones": [{**LAUNCH, "finished": "2026-08-15"}],
    "business_case": {"cost": {"amount": 200000}, "years": 3},
}
RATES = [
    {"date": "2026-01-01", "from": "USD", "to": "EUR", "rate": 0.9},
    {"date": "2026-09-01", "from": "USD", "to": "EUR", "rate": 0.8},
    {"date": "2026-10-02", "from": "USD", "to": "EUR", "rate": 0.5},
]


def test_value_in_another_currency_counts_at_the_rate_of_the_day() -> None:
    there, here = (
        program(**DOLLARS, top={"rates": RATES}).aims,
        program(milestones=DOLLARS["milestones"], business_case=DOLLARS["business_case"]).aims,
    )
    assert there is not None
    assert here is not None
    # 300,000 USD at 0.8 are the 240,000 EUR of the other one.
    assert (there.currency, there.case) == ("EUR", here.case)
    assert there.indicators.benefits_realised == here.indicators.benefits_realised
    assert there.case.after is not None


def test_what_delay_costs_is_told_in_the_currency_of_reports() -> None:
    top = {"rates": RATES, "reporting_currency": "EUR"}
    found = assessed(**DOLLARS, top=top).milestone("p/web/launch")
    assert found is not None
    (enabled,) = found.enables
    assert (enabled.currency, enabled.per_day, enabled.deferred_value) == ("EUR", 657.53, 29589.04)
    assert benefit(**DOLLARS, top=top).currency == "USD"


def test_without_a_rate_to_it_amounts_stay_in_their_own() -> None:
    found = assessed(**DOLLARS, top={"reporting_currency": "CHF"}).milestone("p/web/launch")
    assert found is not None
    (enabled,) = found.enables
    assert (enabled.currency, enabled.deferred_value) == ("USD", 36986.3)


def test_projects_with_benefits_in_several_currencies_are_ranked_at_the_rates_of_the_day() -> None:
    def benefit_of(name: str, amount: int, currency: str) -> dict[str, Any]:
        return {
            **BENEFIT,
            "id": name,
            "annual_value": {"amount": amount, "currency": currency},
            "enabled_by": [{"milestone": f"{name}/m"}],
        }

    settings = SlipwatchSettings.model_validate(
        {
            "objectives": [{"id": "growth"}],
            "rates": RATES,
            "reporting_currency": "EUR",
            "programs": [
                {
                    "id": "p",
                    "benefits": [benefit_of("web", 100, "USD"), benefit_of("app", 90, "EUR")],
                    "projects": [
                        {"id": name, "milestones": [{"id": "m", "duration": "5wd"}]}
                        for name in ("web", "app")
                    ],
                }
            ],
        }
    )
    now = datetime.combine(DAY, datetime.min.time(), tzinfo=UTC)
    found = assess(build_portfolio(settings, Facts(), DAY, now=now).portfolio, DAY)
    assert {view.id: view.aims.rank for view in found.projects} == {"p/app": 1, "p/web": 2}


def budgeted(**rates: Any) -> Indicators:
    written: dict[str, Any] = {
        "objectives": [{"id": "growth"}],
        "programs": [
            {
                "id": "p",
                "projects": [
                    {
                        "id": name,
                        "objectives": objectives,
                        "milestones": [{"id": "m", "duration": "5wd"}],
                        "budget": {"bac": 1000, "currency": currency},
                    }
                    for name, objectives, currency in (
                        ("web", ["growth"], "USD"),
                        ("app", [], "EUR"),
                    )
                ],
            }
        ],
        **rates,
    }
    settings = SlipwatchSettings.model_validate(written)
    now = datetime.combine(DAY, datetime.min.time(), tzinfo=UTC)
    found = assess(build_portfolio(settings, Facts(), DAY, now=now).portfolio, DAY)
    (aims,) = (view.aims for view in found.programs)
    assert aims is not None
    return aims.indicators


def test_alignment_is_a_share_of_budgets_too_over_currencies() -> None:
    found = budgeted(rates=RATES, reporting_currency="EUR").aligned_budget
    assert found == MoneyKpi(value=0.4444, numerator=800, denominator=1800, currency="EUR")
    assert budgeted().aligned_budget is None


def test_savings_are_what_came_less_the_cost_against_what_was_planned() -> None:
    budget = {"currency": "EUR", "bac": 9000, "plan": "plan.csv", "actuals": {"csv": {"path": "a"}}}
    costs = {
        "p plan": [Posting(date(2026, 8, 31), 1000.0), Posting(date(2026, 9, 30), 8000.0)],
        "p actuals": [Posting(date(2026, 9, 15), 7000.0)],
    }
    found = program(reading(88, "2026-10-01"), budget=budget, costs=costs).aims
    assert found is not None
    realised = found.indicators.benefits_realised["EUR"]
    savings = found.indicators.savings
    assert savings is not None
    assert savings.currency == "EUR"
    assert savings.value == pytest.approx(realised.numerator - 7000, abs=0.02)
    assert savings.planned == pytest.approx(realised.denominator - 9000, abs=0.02)


def test_an_objective_says_which_programs_name_it() -> None:
    found = assessed().strategy
    assert found is not None
    assert [one.programs for one in found.objectives] == [("p",), ()]


def test_a_project_is_traced_by_what_it_enables_and_not_by_its_program() -> None:
    found = assessed()
    by_id = {view.id: view.aims for view in found.projects}
    assert by_id["p/web"].traced_to == ("growth",)
    assert by_id["p/web"].benefits == ("p/benefit:B1",)
    assert by_id["p/app"].traced_to == ()
    assert found.strategy is not None
    grow, calm = found.strategy.objectives
    assert (grow.projects, grow.benefits) == (("p/web",), ("p/benefit:B1",))
    assert (calm.title, calm.projects, calm.funded) == ("calm", (), None)


def test_commitments_that_were_kept_are_counted_against_baseline_and_commitment() -> None:
    moved = {**LAUNCH, "baseline": {"finish": "2026-06-30"}, "finished": "2026-07-01"}
    missed = {"id": "late", "duration": "1wd", "commitment": "2026-09-01"}
    ahead = {"id": "next", "duration": "1wd", "commitment": "2026-12-01"}
    found = program(milestones=[moved, missed, ahead])
    assert found.aims is not None
    numbers = found.aims.indicators
    assert (numbers.kept_baselines.numerator, numbers.kept_baselines.denominator) == (0, 2)
    assert (numbers.kept_commitments.numerator, numbers.kept_commitments.denominator) == (1, 2)
    assert (numbers.median_finish_variance, numbers.finished) == (1, 1)


def test_causes_are_ranked_by_the_value_they_defer_before_weight() -> None:
    def node(name: str, **more: Any) -> dict[str, Any]:
        baseline = {"start": "2026-10-01", "finish": "2026-10-01", "duration": "1wd"}
        return {"id": name, "duration": "1wd", "baseline": baseline, **more}

    # A month late, behind a commitment that weighs; ten days, behind a benefit.
    found = program(
        milestones=[
            node("cheap", duration="20wd"),
            node("dear", duration="10wd"),
            node(
                "heavy",
                commitment="2026-10-02",
                weight=50,
                depends_on=[{"milestone": "cheap"}],
            ),
            node("launch", commitment="2026-10-02", depends_on=[{"milestone": "dear"}]),
        ],
    )
    assert found.aims is not None
    first, second = found.aims.causes[:2]
    assert (first.milestone, second.milestone) == ("p/web/dear", "p/web/cheap")
    assert first.cost["EUR"] > 0
    assert second.score > first.score
    assert second.cost == {}


def test_projects_are_ranked_by_the_first_method_that_two_of_them_have() -> None:
    written: dict[str, Any] = {
        "programs": [
            {
                "id": "p",
                "projects": [
                    {
                        "id": name,
                        "milestones": [{"id": "m", "duration": "5wd"}],
                        "wsjf": {"value": value, "time_criticality": 1, "size": 2},
                        "scores": scores,
                    }
                    for name, value, scores in (
                        ("web", 3, {"reach": 9}),
                        ("app", 5, {"reach": 1}),
                        ("old", 1, {}),
                    )
                ],
            }
        ]
    }

    def ranked(**more: Any) -> tuple[str | None, dict[str, int | None]]:
        settings = SlipwatchSettings.model_validate({**written, **more})
        now = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=9)
        found = assess(build_portfolio(settings, Facts(), DAY, now=now).portfolio, DAY)
        assert found.strategy is not None
        return found.strategy.ranked_by, {
            view.id.rpartition("/")[2]: view.aims.rank for view in found.projects
        }

    assert ranked() == ("wsjf", {"app": 1, "web": 2, "old": 3})
    assert ranked(prioritisation={"weights": {"reach": 2}}) == (
        "weighted score",
        {"web": 1, "app": 2, "old": None},
    )
