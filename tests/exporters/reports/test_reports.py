"""A report says what people must know of a program, in the same words every time."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import msgspec
import pytest

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.forecast.views import PointsView
from slipwatch.exporters.reports.charts import sheets_of
from slipwatch.exporters.reports.compose import compose
from slipwatch.exporters.reports.drawing import draw
from slipwatch.exporters.reports.model import Material, Picture
from slipwatch.exporters.reports.render import to_html, to_markdown


def test_what_changed_is_told_apart(material: Material) -> None:
    changes = {one.about: one.lines for one in compose(material).changes}

    assert changes == {
        "Status": (
            "Checkout modernisation went from amber to red.",
            "Launch went from amber to red.",
            "API 2.0 went from green to amber.",
        ),
        "Milestones": ("Contract with the bank is new.",),
        "Dates moved": (
            "API 2.0 is planned for 2026-12-02 instead of 2026-11-25, 5 working days later.",
        ),
        "Forecasts moved": (
            "Launch: P85 is 2027-02-04 instead of 2027-01-25, 8 working days later.",
            "API 2.0: P85 is 2026-12-09 instead of 2026-12-02, 5 working days later.",
        ),
        "Scope moved": ("API 2.0 has 3 items more, 35 instead of 32.",),
        "Findings": (
            "New, high: The chance to keep 2027-01-15 is 18 %, less than 50 %.",
            "Accepted: The date was moved later twice.",
            "Resolved: It is over.",
        ),
    }


def test_what_the_program_is_worth_is_told_in_sentences(material: Material) -> None:
    assert [re.sub(r"\s+", " ", line) for line in compose(material).worth] == [
        "Benefits worth 39,885 EUR were due by now; 59 % of that came.",
        "Benefits that came less cost to date: -36,201 EUR, planned -10,115 EUR.",
        "Net present value over 2 years: -11,523 EUR, planned 6,996 EUR.",
        (
            "The program is for Grow online revenue; 75 % of its 40 open items and 80 % of its "
            "projects' budgets are in projects that are traced to an objective."
        ),
        "Slips that cost most: platform/identity/login defers 7,364 EUR.",
        "The program closes on 2027-06-30; the review of its benefits: planned for 2027-09-15.",
    ]


def test_a_commitment_that_was_moved_is_named_before_all_other_dates(material: Material) -> None:
    assert material.before is not None
    earlier = tuple(
        msgspec.structs.replace(
            view, dates=msgspec.structs.replace(view.dates, commitment=date(2027, 1, 8))
        )
        if view.dates.commitment
        else view
        for view in material.before.milestones
    )
    before = msgspec.structs.replace(material.before, milestones=earlier)

    changes = {one.about: one.lines for one in compose(replace(material, before=before)).changes}

    assert changes["Dates moved"][0] == (
        "Launch is committed for 2027-01-15 instead of 2027-01-08, 5 working days later."
    )


def test_lines_beyond_what_people_read_are_counted(material: Material) -> None:
    many = material.moves["checkout/payments/api-2.0"][0]
    report = compose(replace(material, moves={"checkout/web/launch": [many] * 9}))

    (moved,) = [one for one in report.changes if one.about == "Dates moved"]
    assert (len(moved.lines), moved.more) == (4, 5)


def test_commitments_tell_their_chance_and_which_way_it_goes(material: Material) -> None:
    launch, contract = compose(material).commitments

    assert (launch.chance, launch.trend, launch.chance_before) == ("18 %", "worse", "41 %")
    assert (launch.late, launch.p85) == ("6 working days late", date(2027, 2, 4))
    assert (contract.finish, contract.chance, contract.trend) == ("done 2026-11-12", "", "")


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (
            PointsView(estimated=90, finished=100, usual=3, done=20, remaining=34.5),
            "by points: 34.5 of 54.5 left",
        ),
        (PointsView(estimated=20, finished=90), "by items: too few have points"),
    ],
)
def test_what_a_forecast_by_points_counts_is_said(
    material: Material, points: PointsView, said: str
) -> None:
    material = replace(
        material,
        assessment=msgspec.structs.replace(
            material.assessment,
            milestones=tuple(
                msgspec.structs.replace(
                    view, forecast=msgspec.structs.replace(view.forecast, points=points)
                )
                for view in material.assessment.milestones
            ),
        ),
    )

    report = compose(material)

    assert [one.counted for one in report.commitments] == [said, ""]
    (scope,) = [one for one in report.changes if one.about == "Scope moved"]
    assert scope.lines[0].endswith(f"; it is forecast {said}.")
    assert f"| 2027-01-25 ({said}) |" in to_markdown(report, version="0.1.0")
    assert f"2027-01-25<small>{said}</small>" in to_html(report, version="0.1.0")


def test_causes_hits_and_decisions_are_sentences(material: Material) -> None:
    report = compose(material)

    assert {one.title: one.sentences for one in report.threats} == {
        "Launch": ("API 2.0 costs it 6 working days, by way of API 2.0 → Launch.",),
        "API 2.0": ("It hits Launch by 6 working days.",),
    }
    assert report.decisions == (
        (
            "Launch: mend API 2.0, worth 6 working days, cut scope, or move the date to "
            "2027-02-04, which holds in 85 of 100 cases?"
        ),
        "SCH-005 for steering is accepted until 2026-11-30 only: accept it again, or mend it?",
    )


def test_commitments_that_hang_on_one_cause_are_one_decision(material: Material) -> None:
    views = material.assessment.milestones
    (launch,) = [view for view in views if view.id == "checkout/web/launch"]
    others = tuple(
        msgspec.structs.replace(launch, id=f"checkout/web/{name}", title=name) for name in "abc"
    )
    assessment = msgspec.structs.replace(material.assessment, milestones=(*views, *others))

    assert compose(replace(material, assessment=assessment)).decisions[0] == (
        "a, b, c and 1 more: mend API 2.0, worth 6 working days, cut scope, or move dates to "
        "2027-02-04, 2027-02-04, 2027-02-04 and 1 more, which hold in 85 of 100 cases?"
    )


def test_what_is_not_known_is_said(material: Material) -> None:
    report = compose(replace(material, program="platform", before=None))

    assert report.status == "grey"
    assert report.decisions[0] == (
        "Single sign-on: how long does it take? Without that nothing is forecast."
    )
    assert report.doubts == (
        "Source jira is stale; last read: 2026-11-20 06:00 UTC.",
        "Source plan is failed; last read: never.",
    )
    assert report.commitments[0].finish == "not before 2026-12-07"


def test_the_first_report_has_nothing_to_compare_with(material: Material) -> None:
    report = compose(replace(material, before=None))

    assert "there is nothing to compare with" in to_markdown(report, version="0.1.0")
    assert "there is nothing to compare with" in to_html(report, version="0.1.0")
    assert report.commitments[0].trend == ""


def test_checks_that_the_schedule_fails_are_listed_with_what_fails_them(material: Material) -> None:
    schedule = compose(material).schedule

    assert schedule is not None
    assert schedule.summary == "1 of 3 checks that apply are passed, 33 %; 1 cannot be told"
    assert {one.name: one.failing for one in schedule.failed} == {
        "DCMA 7: Negative float": ("Launch: -6 working days",),
        "GAO 5: Trace horizontally and vertically": (
            "Launch for checkout/payments/gone: it leads nowhere",
            "jira:PAY-3: waits for OPS-9, unknown",
            "and 3 more",
        ),
    }
    for text in (
        to_markdown(compose(material), version="0.1.0"),
        to_html(compose(material), version="0.1.0"),
    ):
        assert "Schedule quality" in text
        assert "DCMA 7: Negative float" in text


def test_a_schedule_without_checks_has_no_section(material: Material) -> None:
    report = compose(replace(material, program="platform"))

    assert report.schedule is None
    assert "Schedule quality" not in to_html(report, version="0.1.0")


def test_an_unknown_program_has_no_report(material: Material) -> None:
    with pytest.raises(KeyError):
        compose(replace(material, program="nowhere"))


def test_the_same_facts_give_the_same_bytes(material: Material, drawn: Sequence[Picture]) -> None:
    here = [draw(sheet) for sheet in sheets_of(material)]

    assert [one.svg for one in drawn] == here
    first, second = (to_html(compose(material), drawn, version="0.1.0") for _ in range(2))
    assert first == second


def test_charts_have_words_for_those_who_do_not_see_them(drawn: Sequence[Picture]) -> None:
    outlook, trend, money, benefits = drawn

    assert ">Launch</text>" in outlook.svg
    assert ">Launch</text>" in trend.svg
    assert "Launch: committed for 2027-01-15, P50 2027-01-25, P85 2027-02-04" in outlook.svg
    assert "Launch: 2027-01-14 as of 2026-11-09, 2027-02-04 as of 2026-11-23" in trend.svg
    assert "planned 110,000, earned 90,000, spent 120,000; budget 200,000" in money.svg
    assert "Faster onboarding: 30% of the change as of 2026-10-01" in benefits.svg
    for svg in (outlook.svg, trend.svg, money.svg, benefits.svg):
        assert re.search(r"<title[^>]*>\w", svg)
        assert 'role="img"' in svg
        assert "metadata" not in svg
        # The page's colours and letters, so that it may be dark.
        assert not re.search(r"#[0-9a-f]{6}[;\"]", svg)
        assert "font-family" not in svg


def test_nothing_is_drawn_where_nothing_is_forecast_or_planned(material: Material) -> None:
    assert sheets_of(replace(material, program="platform")) == ()
    assert [type(sheet).__name__ for sheet in sheets_of(replace(material, trend=()))] == [
        "OutlookSheet",
        "MoneySheet",
        "BenefitSheet",
    ]


def test_money_is_a_line_for_the_program_and_for_each_project(material: Material) -> None:
    report = compose(material)

    assert [(one.title, one.budget, one.spent, one.done, one.cpi) for one in report.costs] == [
        ("Checkout modernisation", "200,000 EUR", "120,000 EUR", "45 %", "0.75"),
        ("Web", "80,000 USD", "31,000 USD", "unknown", "unknown"),
    ]
    text = to_markdown(report, version="0.1.0")
    assert "15,000 EUR of 20,000 EUR contingency left" in text
    assert "unknown: what is earned: no milestone has a baseline with work in it" in text


class _Ids(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]


def test_charts_of_one_page_do_not_share_ids(material: Material, drawn: Sequence[Picture]) -> None:
    parser = _Ids()
    parser.feed(to_html(compose(material), drawn, version="0.1.0"))

    assert len(parser.ids) == len(set(parser.ids)) > 10


def test_sections_without_data_are_absent(material: Material, assessment: Assessment) -> None:
    quiet = msgspec.structs.replace(
        assessment,
        findings=(),
        projects=tuple(msgspec.structs.replace(one, cost=None) for one in assessment.projects),
        programs=tuple(
            msgspec.structs.replace(program, benefits=(), aims=None, cost=None)
            for program in assessment.programs
        ),
    )
    for text in (
        to_html(compose(replace(material, assessment=quiet)), version="0.1.0"),
        to_markdown(compose(replace(material, assessment=quiet)), version="0.1.0"),
    ):
        for heading in ("Risks", "Benefits", "Budget", "Money"):
            assert f">{heading}</h2>" not in text
            assert f"## {heading}" not in text
    assert "## Findings" not in to_markdown(
        compose(replace(material, assessment=quiet)), version="0.1.0"
    )
