"""What a budget's figures are made of: baselines, plans, postings, and several budgets in one."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipwatch.aggregator.money.measuring import Account, open_account, work_of
from slipwatch.aggregator.money.model import Budget, EarnedBy, Money, Package, Posting, Rate
from slipwatch.aggregator.money.rollup import roll_up

START = date(2026, 1, 5)
WEEK = timedelta(weeks=1)
AS_OF = START + 2 * WEEK - timedelta(days=1)

FOUR_ITEMS = Package(
    milestone="p/web/cart",
    start=START,
    finish=START + 4 * WEEK - timedelta(days=1),
    items=(
        (START + timedelta(days=2), 1.0),
        (START + timedelta(days=9), 2.0),
        (None, 3.0),
        (None, None),
    ),
)
"""Four weeks; one item done in each of the first two."""


def budget(**changes: object) -> Budget:
    """Make a budget of 1,000 EUR whose actuals are known."""
    given: dict[str, object] = {
        "subject": "p",
        "currency": "EUR",
        "bac": 1000.0,
        "source": "csv",
        "actuals": (Posting(START, 300.0), Posting(START + 2 * WEEK, 300.0)),
        **changes,
    }
    return Budget(**given)  # type: ignore[arg-type]  # checked where they are given


def account(package: Package = FOUR_ITEMS, **changes: object) -> Account:
    """Open the account of a budget and one milestone."""
    return open_account(budget(**changes), [package])[0]


def weekly(*cumulative: float) -> tuple[Posting, ...]:
    """Plan amounts, the first for the end of the day before the start."""
    sums = (0.0, *cumulative)
    return tuple(
        Posting(START + number * WEEK - timedelta(days=1), value - before)
        for number, (before, value) in enumerate(zip(sums, cumulative, strict=False))
    )


def test_without_a_plan_the_budget_is_spread_over_the_baselines() -> None:
    view = account().view(AS_OF)

    assert (view.pv, view.ev, view.ac) == (500, 500, 300)
    assert (view.spi, view.cpi, view.eac) == (1, 1.6667, 600)
    assert (view.spent, view.complete, view.actuals_until) == (0.3, 0.5, START)
    assert view.unknown == ()


def test_a_plan_of_its_own_says_what_was_to_be_spent_by_when() -> None:
    view = account(has_plan=True, plan=weekly(0, 100, 700, 900, 1000)).view(AS_OF)

    assert (view.pv, view.ev, view.sv) == (700, 500, -200)


def test_a_day_counts_whole_and_nothing_younger_does() -> None:
    day_before = account().view(AS_OF - timedelta(days=1))
    booked = account().view(START + 2 * WEEK)

    assert day_before.ac == 300
    assert booked.ac == 600


@pytest.mark.parametrize(
    ("by", "earned"),
    [
        pytest.param("items", 0.5, id="items"),
        pytest.param("points", 3 / 8, id="points: one without any counts as the usual one"),
        pytest.param("weight", 0.5, id="the milestone's weight by its items"),
    ],
)
def test_the_operator_says_what_the_budget_is_earned_by(by: EarnedBy, earned: float) -> None:
    assert account(earned_by=by).view(AS_OF).complete == pytest.approx(earned)


def test_by_weight_a_milestone_without_items_is_earned_all_at_once() -> None:
    audit = Package(
        milestone="p/web/audit", finish=START + WEEK, weight=3, done=START + timedelta(days=8)
    )
    opened = open_account(budget(earned_by="weight"), [FOUR_ITEMS, audit])[0]

    assert opened.view(START + WEEK).complete == pytest.approx(0.25 / 4)
    assert opened.view(AS_OF).complete == pytest.approx((0.5 + 3) / 4)


def test_what_was_done_before_the_baseline_began_earns_nothing() -> None:
    early = Package(
        milestone="p/web/cart",
        start=START,
        finish=START + 4 * WEEK,
        items=((START - WEEK, 1.0), (START, 1.0), (None, 1.0)),
    )

    assert account(early).view(AS_OF).complete == 0.5


def test_what_was_spent_or_done_before_the_budget_begins_is_no_part_of_it() -> None:
    view = account(start=START + WEEK, actuals=(Posting(START, 300.0), Posting(START + WEEK, 70.0)))

    assert view.view(AS_OF).ac == 70
    assert view.view(AS_OF).complete == pytest.approx(1 / 3, abs=1e-4)


def test_work_whose_baseline_ends_after_the_plan_is_not_paid_by_it() -> None:
    later = Package(
        milestone="p/web/next", start=START, finish=START + 9 * WEEK, items=((None, 1.0),)
    )
    opened = open_account(
        budget(has_plan=True, plan=weekly(0, 250, 500, 750, 1000)), [FOUR_ITEMS, later]
    )[0]

    assert opened.view(AS_OF).complete == 0.5
    assert opened.unknown == ()


def test_work_that_is_done_and_not_paid_by_the_plan_is_told() -> None:
    moved = replace(FOUR_ITEMS, finish=START + 5 * WEEK)
    paid = replace(FOUR_ITEMS, milestone="p/web/pay")
    opened = open_account(
        budget(has_plan=True, plan=weekly(0, 250, 500, 750, 1000)), [paid, moved]
    )[0]

    (told,) = opened.unknown
    assert told == (
        "what is earned by p/web/cart: its baseline ends on 2026-02-09, after the plan of the "
        "budget, 2026-02-01: its work earns nothing"
    )


@pytest.mark.parametrize(
    ("package", "reason"),
    [
        pytest.param(
            Package(milestone="m", start=START, finish=START + WEEK),
            "no baseline holds items; `earned_by: weight` counts milestones without any",
            id="no item",
        ),
        pytest.param(
            Package(milestone="m"),
            "no milestone has a baseline with work in it",
            id="no baseline",
        ),
        pytest.param(
            Package(milestone="m", start=START, items=((None, 1.0),)),
            "the baseline of m has no finish",
            id="no finish",
        ),
    ],
)
def test_without_a_baseline_what_is_earned_is_unknown(package: Package, reason: str) -> None:
    view = account(package).view(AS_OF)

    assert (view.pv, view.ev, view.cpi, view.eac) == (None,) * 4
    assert view.ac == 300
    assert view.unknown == (f"what is earned: {reason}",)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"actuals": None, "source": None}, "no `actuals` say", id="nobody says"),
        pytest.param({"actuals": None}, "it was not read yet", id="not read yet"),
        pytest.param(
            {"actuals": None, "actuals_error": "there is no such file"},
            "there is no such file",
            id="cannot be read",
        ),
    ],
)
def test_what_nobody_says_was_spent_is_unknown_and_not_nought(
    changes: dict[str, object], reason: str
) -> None:
    view = open_account(budget(**changes), [FOUR_ITEMS])[0].view(AS_OF)

    assert (view.ac, view.cpi, view.spent) == (None, None, None)
    assert view.unknown == (f"what was spent: {reason}",)


def test_a_feed_that_fails_leaves_what_it_said_before() -> None:
    view = account(actuals_error="line 3: 'x' is no amount").view(AS_OF)

    assert view.ac == 300
    assert view.unknown == ("what was spent lately: line 3: 'x' is no amount",)


def test_a_plan_that_cannot_be_read_is_no_plan_and_not_the_baseline() -> None:
    view = account(has_plan=True, plan_error="it is empty").view(AS_OF)

    assert view.pv is None
    assert "the plan: it is empty" in view.unknown


def test_a_plan_that_does_not_add_up_to_the_budget_says_so() -> None:
    view = account(has_plan=True, plan=weekly(0, 400, 900)).view(AS_OF)

    assert "the plan: it adds up to 900.00, the budget is 1,000.00" in view.unknown


def test_the_curve_goes_from_the_first_day_of_the_plan_to_its_last() -> None:
    curve = account().view(AS_OF).curve

    assert curve[0].day == START - timedelta(days=1)
    assert curve[-1].day == FOUR_ITEMS.finish
    assert [point.pv for point in curve] == [0, 250, 500, 750, 1000]
    assert [point.ev for point in curve] == [0, 250, 500, None, None]
    assert [point.ac for point in curve] == [0, 300, 300, None, None]


def test_earned_schedule_needs_no_money() -> None:
    work = work_of([FOUR_ITEMS])
    assert not isinstance(work, str)
    view = work.earned_view(AS_OF + WEEK)
    assert view is not None

    assert (view.start, view.finish) == (START, FOUR_ITEMS.finish)
    assert (view.planned, view.earned) == (0.75, 0.5)
    assert (view.es, view.at, view.pd, view.sv_t) == (2, 3, 4, -1)
    assert (view.spi_t, view.tspi, view.ieac_t) == (0.6667, 2, 6)
    assert view.expected_finish == START + 6 * WEEK - timedelta(days=1)


def test_before_the_baseline_begins_there_is_nothing_to_tell() -> None:
    work = work_of([FOUR_ITEMS])
    assert not isinstance(work, str)

    assert work.earned_view(START - timedelta(days=1)) is None


RATES = (
    Rate(day=START - WEEK, source="USD", target="EUR", value=0.5),
    Rate(day=START + WEEK, source="USD", target="EUR", value=0.25),
)


def test_budgets_add_up_at_the_rates_of_their_days() -> None:
    own = account(subject="p/web", approved_on=START)
    other = account(
        subject="p/api",
        currency="USD",
        approved_on=START,
        actuals=(Posting(START, 100.0), Posting(START + WEEK, 100.0)),
    )
    view = roll_up("p", [own, other], Money(rates=RATES, currency="EUR"), AS_OF)

    assert (view.currency, view.bac, view.approved_on) == ("EUR", 1500, START)
    assert (view.pv, view.ev) == (750, 750)
    assert view.ac == 300 + 50 + 25
    assert view.parts == ("p/web", "p/api")


@pytest.mark.parametrize(
    ("money", "reason"),
    [
        pytest.param(Money(), "set `reporting_currency`", id="no currency to add them up in"),
        pytest.param(Money(currency="EUR"), "no rate from USD to EUR by 2026-01-05", id="no rate"),
    ],
)
def test_without_a_rate_the_sum_is_unknown(money: Money, reason: str) -> None:
    parts = [account(), account(subject="p/api", currency="USD", approved_on=START)]
    view = roll_up("p", parts, money, AS_OF)

    assert (view.bac, view.ac, view.cpi) == (None, None, None)
    assert reason in view.unknown[0]


def test_what_one_project_does_not_know_the_program_does_not_know_either() -> None:
    parts = [account(subject="p/web"), account(subject="p/api", actuals=None)]
    view = roll_up("p", parts, Money(), AS_OF)

    assert (view.bac, view.ev, view.ac) == (2000, 1000, None)
    assert view.unknown == ("p/api: what was spent: it was not read yet",)


def test_a_program_goes_by_what_its_projects_spent_where_nothing_else_tells() -> None:
    whole = account(bac=5000.0, source=None, actuals=None)
    parts = [account(subject="p/web"), account(subject="p/api", currency="USD")]
    paid = whole.paid_by(parts, Money(rates=RATES), AS_OF).view(AS_OF)

    assert (paid.bac, paid.ac, paid.unknown) == (5000, 450, ())


@given(
    bacs=st.lists(st.floats(min_value=1, max_value=1e8), min_size=1, max_size=5),
    spent=st.floats(min_value=0, max_value=1e6),
)
def test_a_program_is_the_sum_of_its_projects(bacs: list[float], spent: float) -> None:
    parts = [
        account(subject=f"p/{number}", bac=bac, actuals=(Posting(START, spent),))
        for number, bac in enumerate(bacs)
    ]
    views = [part.view(AS_OF) for part in parts]
    whole = roll_up("p", parts, Money(), AS_OF)

    for name in ("bac", "pv", "ev", "ac"):
        total = sum(getattr(view, name) for view in views)
        assert getattr(whole, name) == pytest.approx(total, abs=0.05), name
