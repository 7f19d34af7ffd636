"""Tables and sentences, on a terminal and in a pipe."""

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from slipwatch.aggregator.assessment import Assessment, Cause, Movement, Network, Slip
from slipwatch.aggregator.forecast.views import LastItemView, PointsView, SprintsView
from slipwatch.aggregator.money.views import CostView
from slipwatch.aggregator.whatif.answer import ChangeView
from slipwatch.exporters.terminal.explain import explain
from slipwatch.exporters.terminal.printing import print_wide
from slipwatch.exporters.terminal.tables import assessment_tables
from slipwatch.exporters.terminal.text import plain, short
from slipwatch.exporters.terminal.whatif import say_change

CONTROLS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printed(assessment: Assessment, *, terminal: bool = False) -> str:
    """Print the tables as a pipe or a colour terminal would get them."""
    file = io.StringIO()
    console = Console(
        file=file, force_terminal=terminal, width=200, color_system="standard" if terminal else None
    )
    print_wide(console, assessment_tables(assessment))
    return file.getvalue()


def explained(assessment: Assessment, milestone: str) -> str:
    """Explain a milestone that there is."""
    view = assessment.milestone(milestone)
    assert view is not None
    return explain(assessment, view)


def test_the_tables_show_everything_the_worst_first(assessment: Assessment) -> None:
    lines = [re.sub(r"\s+", " ", line).strip() for line in printed(assessment).splitlines()]

    assert lines == [
        "Checkout modernisation is red",
        "Health: schedule red, cost red, scope grey, benefits amber",
        (
            "Money: 120,000 EUR of 200,000 EUR spent for 45 % of the work; CPI 0.75, SPI 0.82; "
            "266,667 EUR in the end"
        ),
        "Status Milestone Title Commitment P(on time) P50 P85 Slip Caused by",
        (
            "red checkout/web/launch Launch 2027-01-15 18 % 2027-01-25 2027-02-04 +6 "
            "checkout/payments/api-2.0 +6"
        ),
        "amber checkout/payments/api-2.0 API 2.0 2026-12-02 2026-12-09",
        (
            "green checkout/payments/bank-contract Contract with the bank 2026-11-13 "
            "done 2026-11-12 -1"
        ),
        "",
        "Platform is grey",
        "Health: schedule grey, scope grey, governance grey",
        "Status Milestone Title Commitment P(on time) P50 P85 Slip Caused by",
        "grey platform/identity/login Single sign-on 2027-02-26 not before 2026-12-07",
        "",
        "Dependencies between projects",
        "From To Type Lag Status Slack Evidence",
        (
            "checkout/payments/api-2.0 checkout/web/launch fs 2wd violated -6 "
            "jira:PAY-3 → github:acme/web#7, jira:PAY-9 → github:acme/web#8"
        ),
        "",
        "Findings",
        "Rule Severity State Since What",
        "SCH-001 high open 2026-11-19 The chance to keep 2027-01-15 is 18 %, less than 50 %.",
        "SCH-005 medium waived 2026-11-02 The date was moved later twice.",
        "",
        "Sources",
        "Source Status Last success Items",
        "github ok 2026-11-23 08:30 UTC 240",
        "jira stale 2026-11-20 06:00 UTC 1200",
        "plan failed never 0",
    ]


def test_budgets_that_cannot_be_added_up_say_why(assessment: Assessment) -> None:
    reason = "there is no rate from USD to EUR by 2026-01-05"
    cost = CostView(currency="EUR", unknown=(reason,))
    programs = tuple(msgspec.structs.replace(one, cost=cost) for one in assessment.programs)

    assert f"Money: unknown; {reason}" in printed(
        msgspec.structs.replace(assessment, programs=programs)
    )


def test_a_pipe_gets_no_colours_and_a_terminal_does(assessment: Assessment) -> None:
    assert "\x1b[" not in printed(assessment)
    assert "\x1b[1;31mred\x1b[0m" in printed(assessment, terminal=True)


def test_a_pipe_gets_a_milestone_on_one_line_however_narrow_the_console(
    assessment: Assessment,
) -> None:
    file = io.StringIO()

    print_wide(Console(file=file, width=40), assessment_tables(assessment))

    (line,) = (line for line in file.getvalue().splitlines() if line.startswith("red "))
    assert re.search("checkout/web/launch .* checkout/payments/api-2.0 ", line)


def test_an_assessment_of_nothing_prints_nothing(assessment: Assessment) -> None:
    nothing = msgspec.structs.replace(
        assessment, programs=(), milestones=(), dependencies=(), findings=(), sources=()
    )

    assert printed(nothing).strip() == ""


def test_a_threatened_commitment_is_explained_in_sentences(assessment: Assessment) -> None:
    assert explained(assessment, "checkout/web/launch") == (
        """\
Launch (checkout/web/launch) is red.
  - the chance to keep 2027-01-15 is 18 %
  - waits for API 2.0, which is late

When
  It is committed for 2027-01-15; the chance to keep that is 18 %.
  It is done by 2027-01-25 in half of all cases, by 2027-02-04 in 85 of 100, by 2027-02-11 \
in 95 of 100.
  P85 of its program's forecasts held for 60 % of 15 finished milestones: take the day \
for too early.
  Against its commitment that is 6 working days late.
  Against its baseline of 2027-01-08 it is 11 working days late.
  Its date has moved once, 5 working days later.
  4 of 20 items are done; the 16 open ones are 2.7 weeks of its team's usual pace.

What a day costs
  Each working day that it takes longer costs about 800 USD: so much its project has spent in \
one lately. 11 working days against the baseline are 8,800 USD.

What moved it
  Since 2026-11-16 its P50 went from 2027-01-20 to 2027-01-25, 3 working days later: what it waits \
for +3, its pace -1, its scope +1.
  Since 2026-11-16 the chance to keep its commitment went from 31 % to 18 %: what it waits \
for -12, its scope -6, its pace +5.

What drives it
  Launch waits for API 2.0 (checkout/payments/api-2.0), which is expected on 2026-12-02, \
with a lag of 2wd.
    Evidence: github:acme/web#7 waits for jira:PAY-3; github:acme/web#8 waits for jira:PAY-9.

What causes it
  API 2.0 (checkout/payments/api-2.0) slipped by 8 working days of its own: without that it \
would be 6 working days earlier; its share is 6.0.

What it waits for
  API 2.0 (checkout/payments/api-2.0): finish to start with a lag of 2wd, violated, \
6 working days short, found in the trackers.

Items that will miss their day
  Pay by invoice (github:acme/web#8) was due on 2026-11-20.
  Refunds (jira:PAY-9) misses 2026-11-27 with 82 %: its date was moved 3 times, nobody works on it.

Sprints under way
  Iteration 4 ends on 2026-11-27: about 0.7 of 1 open item will be left undone, \
as is usual elsewhere.

Schedule checks that it fails
  DCMA 7, Negative float: -6 working days.
  GAO 5, Trace horizontally and vertically: it leads nowhere.

Its project
  Web is red: schedule is red: Launch is red: the chance to keep 2027-01-15 is 18 %; waits for \
API 2.0, which is late.
  It is reported green since 2026-11-09; what is measured is red.
  Its team needs 9 items a week for all that it promised, and finishes 6 in a usual one.

Findings
  SCH-001 (high, since 2026-11-19): The chance to keep 2027-01-15 is 18 %, less than 50 %.

https://github.com/acme/web/milestone/3
"""
    )


def test_parts_of_a_movement_may_cancel_one_another(assessment: Assessment) -> None:
    launch = assessment.milestone("checkout/web/launch")
    assert launch is not None
    assert launch.movement is not None
    assert launch.movement.p50 is not None
    still = msgspec.structs.replace(
        launch.movement.p50, before=launch.movement.p50.after, total=0, upstream=0
    )
    movement = Movement(since=launch.movement.since, p50=still)

    text = explain(assessment, msgspec.structs.replace(launch, movement=movement))

    assert "Since 2026-11-16 its P50 is 2027-01-25 as before: its pace -1, its scope +1.\n" in text
    assert "the chance to keep its commitment" not in text


def test_a_cause_is_told_whom_it_hits(assessment: Assessment) -> None:
    text = explained(assessment, "checkout/payments/api-2.0")

    assert "Its date has moved 3 times, 2 of them later; in all 8 working days later." in text
    assert "12 of 35 items are done; 5 came since the baseline." in text
    assert (
        "PAY sprint 12 ends on 2026-12-04: about 3.2 of 8 open items (8.4 of 21 points) will be "
        "left undone, as in 11 finished sprints of its team.\n"
    ) in text
    assert (
        "Who is hit by its own slip\n"
        "  Launch (checkout/web/launch): 6 working days later because of it.\n" in text
    )
    assert (
        "Contract with the bank (checkout/payments/bank-contract): finish to finish, ok, 14" in text
    )
    assert "SCH-005 (medium, since 2026-11-02, waived): The date was moved later twice." in text


def test_what_is_done_is_told_in_the_past(assessment: Assessment) -> None:
    text = explained(assessment, "checkout/payments/bank-contract")

    assert "It was done on 2026-11-12." in text
    assert "It was committed for 2026-11-13." in text
    assert "1 working day early" in text
    assert "half of all cases" not in text


def test_what_nobody_knows_is_said_with_its_reason_and_its_lower_bound(
    assessment: Assessment,
) -> None:
    text = explained(assessment, "platform/identity/login")

    assert "is grey.\n  - source plant was last read 2026-11-20 06:00 UTC\n" in text
    assert "Nobody can say when, but not before 2026-12-07." in text
    assert "Unknown: Single sign-on (platform/identity/login)." in text


def test_slips_side_by_side_are_explained(assessment: Assessment) -> None:
    api, _, launch, _ = assessment.milestones
    both = msgspec.structs.replace(
        launch,
        caused_by=(Cause(milestone=api.id, but_for=0, shapley=2.5, own_slip=-1),),
        concurrent=5,
    )

    text = explain(assessment, both)

    assert "slipped by 1 working day of its own (earlier)" in text
    assert "Slips that run side by side are worth 5 working days" in text


def test_the_item_that_a_milestone_waits_for_and_leave_are_named(assessment: Assessment) -> None:
    api = assessment.milestones[0]
    held = LastItemView(item="jira:API-\x1b7", since=date(2026, 1, 5), left=9)
    forecast = msgspec.structs.replace(api.forecast, last_item=held, leave=2.5)

    text = explain(assessment, msgspec.structs.replace(api, forecast=forecast))

    assert "  It is held up by jira:API- 7, in work since 2026-01-05: half of what" in text
    assert "takes 9 working days more." in text
    assert "  Leave takes 2.5 working days of its whole team until 20" in text


def test_the_end_of_a_sprint_that_work_waits_for_is_told(assessment: Assessment) -> None:
    api = assessment.milestones[0]
    sprints = SprintsView(weeks=2, end=date(2026, 1, 9), closed_then=0.87)
    forecast = msgspec.structs.replace(api.forecast, sprints=sprints)

    text = explain(assessment, msgspec.structs.replace(api, forecast=forecast))

    assert (
        "  Its team closes 87 % of its work on the last two working days of sprints of 2 weeks: "
        "what is not done by 2026-01-09 waits for the next end.\n"
    ) in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"usual": 2.5, "done": 50.0, "remaining": 30.5, "reestimated": 0.124},
            "2.5, as usual in its team. Estimating anew usually adds 12 % of what is kept.",
        ),
        (
            {"usual": 2.5, "done": 50.0, "remaining": 30.0, "reestimated": -0.3},
            "Estimating anew usually takes 30 % of what is kept.",
        ),
        (
            {"usual": 2.5, "done": 50.0, "remaining": 30.0, "reestimated": 0.01},
            "Estimating anew adds next to nothing.",
        ),
        (
            {"usual": 2.5, "done": 50.0, "remaining": 30.0},
            "What estimating anew adds is not known yet.",
        ),
        (
            {"usual": 2.5, "done": 50.0, "remaining": 30.0, "untold": ("plan\x1b",)},
            "No changes of estimates are known in plan .",
        ),
        (
            {},
            "too few have any, 20 of the last 90 that its team finished.",
        ),
    ],
)
def test_it_is_told_what_is_counted_and_what_estimating_anew_adds(
    assessment: Assessment, given: dict[str, Any], said: str
) -> None:
    api = assessment.milestones[0]
    points = PointsView(estimated=20, finished=90, **given)
    forecast = msgspec.structs.replace(api.forecast, points=points)

    text = explain(assessment, msgspec.structs.replace(api, forecast=forecast))

    assert f"{said}\n" in text


def test_what_is_open_is_measured_by_the_pace_of_its_team(assessment: Assessment) -> None:
    text = explained(assessment, "checkout/web/launch")

    assert (
        "  4 of 20 items are done; the 16 open ones are 2.7 weeks of its team's usual pace.\n"
        in text
    )


@pytest.mark.parametrize(
    ("value", "said"), [("-1", "holds 1 item fewer"), ("+2", "holds 2 items more")]
)
def test_a_change_of_scope_is_counted_as_people_count(value: str, said: str) -> None:
    assert say_change(ChangeView(kind="scope", subject="p/x/a", value=value)) == f"p/x/a {said}"


def test_what_it_waits_for_is_expected_on_its_own_p50(assessment: Assessment) -> None:
    api = assessment.milestones[0]
    later = msgspec.structs.replace(api.forecast, p50=date(2026, 12, 4))
    moved = tuple(
        msgspec.structs.replace(one, forecast=later) if one.id == api.id else one
        for one in assessment.milestones
    )

    text = explained(msgspec.structs.replace(assessment, milestones=moved), "checkout/web/launch")

    assert "(checkout/payments/api-2.0), which is expected on 2026-12-04, with a lag" in text


def test_the_shares_of_a_chance_and_what_is_left_of_it_sum(assessment: Assessment) -> None:
    launch = assessment.milestone("checkout/web/launch")
    assert launch is not None
    causes = tuple(msgspec.structs.replace(one, probability=0.52) for one in launch.caused_by)

    def told(undelayed: float) -> str:
        view = msgspec.structs.replace(launch, caused_by=causes, undelayed=undelayed)
        return explain(assessment, view)

    assert "time would be 75 %; slips that cost it no day at P50 take about 5 % of it.\n" in told(
        0.75
    )
    assert "time would be 70 %.\n" in told(0.70)


@given(st.lists(st.floats(0.01, 0.3), min_size=1, max_size=3), st.floats(0, 0.1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_told_shares_of_a_chance_sum_to_what_is_told_of_it(
    assessment: Assessment, shares: list[float], now: float
) -> None:
    launch = assessment.milestone("checkout/web/launch")
    assert launch is not None
    (known,) = launch.caused_by
    view = msgspec.structs.replace(
        launch,
        caused_by=tuple(
            msgspec.structs.replace(known, milestone=f"p/x/{n}", probability=share)
            for n, share in enumerate(shares)
        ),
        undelayed=now + sum(shares),
        forecast=msgspec.structs.replace(launch.forecast, p_on_time=now),
    )

    text = explain(assessment, view)

    taken = re.findall(r"and it takes (\d+) % of the chance", text)
    (undelayed,) = re.findall(r"the chance to be on time would be (\d+) %", text)
    (kept,) = re.findall(r"the chance to keep that is (less than \d+|\d+) %", text)
    assert int(undelayed) == sum(map(int, taken)) + (int(kept) if kept.isdigit() else 0)


def test_of_a_commitment_that_has_passed_no_chance_is_told(assessment: Assessment) -> None:
    launch = assessment.milestone("checkout/web/launch")
    assert launch is not None
    causes = tuple(msgspec.structs.replace(one, probability=0.1) for one in launch.caused_by)
    dates = msgspec.structs.replace(launch.dates, commitment=date(2026, 11, 22))

    text = explain(
        assessment, msgspec.structs.replace(launch, caused_by=causes, undelayed=0.0, dates=dates)
    )

    assert "its share is 6.0.\n" in text
    assert "Had nothing slipped" not in text


def test_a_milestone_is_it_when_it_slips_by_itself(assessment: Assessment) -> None:
    api = assessment.milestones[0]
    cause = Cause(milestone=api.id, but_for=8, shapley=8.0, own_slip=8)

    text = explain(assessment, msgspec.structs.replace(api, caused_by=(cause,)))

    assert "  It slipped by 8 working days of its own: without that it would be 8" in text


def test_a_cycle_is_explained_and_does_not_catch_the_explanation(assessment: Assessment) -> None:
    api, contract, launch, login = assessment.milestones
    ring = (api.id, launch.id)
    api = msgspec.structs.replace(api, network=Network(drivers=(launch.id,), cycle=ring))
    launch = msgspec.structs.replace(launch, network=Network(drivers=(api.id,), cycle=ring))
    turning = msgspec.structs.replace(assessment, milestones=(api, contract, launch, login))

    text = explain(turning, launch)

    assert "It waits for itself through checkout/payments/api-2.0, checkout/web/launch." in text
    assert text.count("waits for API 2.0 (") == 1


def test_trouble_with_a_dependency_is_told_by_the_milestone_that_waits(
    assessment: Assessment,
) -> None:
    finding = msgspec.structs.replace(
        assessment.findings[0],
        rule="DEP-007",
        subject="checkout/payments/api-2.0 -> checkout/web/launch",
        message="It comes too late.",
    )
    told = msgspec.structs.replace(assessment, findings=(finding,))

    assert "DEP-007" in explained(told, "checkout/web/launch")
    assert "DEP-007" not in explained(told, "checkout/payments/api-2.0")


def test_a_milestone_tells_which_checks_of_its_schedule_it_fails(assessment: Assessment) -> None:
    text = explained(assessment, "checkout/web/launch")

    assert "Schedule checks that it fails" in text
    assert "  DCMA 7, Negative float: -6 working days.\n" in text
    assert "  GAO 5, Trace horizontally and vertically: it leads nowhere.\n" in text
    assert "Schedule checks" not in explained(assessment, "checkout/payments/api-2.0")


@pytest.mark.parametrize(
    ("slip", "words"),
    [
        (Slip(moves=1, slips=0, net=-3), "once, 3 working days earlier"),
        (Slip(moves=2, slips=1, net=0), "2 times, 1 of them later; in all 0 working days later"),
        (Slip(moves=4, slips=4, net=1), "4 times, 4 of them later; in all 1 working day later"),
    ],
)
def test_moves_of_a_date_are_counted_in_words(
    assessment: Assessment, slip: Slip, words: str
) -> None:
    milestone = msgspec.structs.replace(assessment.milestones[0], slip=slip)

    assert f"Its date has moved {words}." in explain(assessment, milestone)


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.0, "0 %"),
        (0.001, "less than 1 %"),
        (0.18, "18 %"),
        (0.999, "99 %"),
        (1.0, "100 %"),
    ],
)
def test_a_small_chance_is_not_rounded_away(
    assessment: Assessment, probability: float, words: str
) -> None:
    launch = assessment.milestones[2]
    forecast = msgspec.structs.replace(launch.forecast, p_on_time=probability)

    text = explain(assessment, msgspec.structs.replace(launch, forecast=forecast))

    assert f"the chance to keep that is {words}." in text


def test_titles_cannot_steer_the_terminal(
    entitle: Callable[[str, str], Assessment], hostile_title: str
) -> None:
    hostile = entitle(hostile_title, f"javascript:{hostile_title}")

    texts = [printed(hostile), *(explain(hostile, m) for m in hostile.milestones)]

    assert not [match[0] for text in texts for match in CONTROLS.finditer(text)]
    for text in texts:
        text.encode()


def test_titles_are_no_markup_of_rich(entitle: Callable[[str, str], Assessment]) -> None:
    title = "[bold red]not bold[/] [link=https://evil.example]x[/link] [/]"

    assert title in printed(entitle(title, ""), terminal=True)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.characters(), max_size=200))
def test_no_text_reaches_a_terminal_unclean(
    entitle: Callable[[str, str], Assessment], text: str
) -> None:
    written = entitle(text, text)

    for line in (printed(written), explain(written, written.milestones[2]), plain(text)):
        assert not CONTROLS.search(line)


def test_a_long_title_is_cut_with_a_sign_that_there_is_more() -> None:
    assert short("a" * 200, 10) == "a" * 9 + "…"
    assert short("a" * 10, 10) == "a" * 10
