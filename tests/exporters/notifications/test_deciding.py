"""What is said of findings, and when nothing is."""

from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec

from slipwatch.aggregator.assessment import Assessment, Cause
from slipwatch.exporters.notifications.wording import as_text

from .life import BERLIN, DAY, SETTLE, Life, changes, graver, late, settings, with_findings


def test_a_finding_is_told_once_it_has_settled_and_then_no_more(assessment: Assessment) -> None:
    life = Life(settings())
    assert life.decide(assessment) == []
    life.now += SETTLE - timedelta(seconds=1)
    assert life.decide(assessment) == []
    life.now += timedelta(seconds=1)
    (message,) = life.decide(assessment)
    assert changes([message]) == [["new"]]
    for _ in range(5):
        life.now += timedelta(hours=1)
        assert life.decide(assessment) == []


def test_a_message_says_days_cause_path_and_what_to_do(assessment: Assessment) -> None:
    (message,) = Life(settings()).settled(assessment)
    assert message.title == "Checkout modernisation: API 2.0 (1 new)"
    assert as_text(message) == (
        "New, high: Launch (SCH-001)\n"
        "  The chance to keep 2027-01-15 is 18 %, less than 50 %.\n"
        "  P50 is 6 working days late.\n"
        "  API 2.0 costs it 6 working days, by way of API 2.0 → Launch.\n"
        "  To do: Cut scope, or move the date while it is still your own decision.\n"
        "  https://github.com/acme/web/milestone/3\n"
        "\n"
        "As of 2026-11-23.\n"
    )


def test_the_message_in_the_documentation_is_a_real_one(assessment: Assessment) -> None:
    home = "https://slipwatch.acme.example"
    life = Life(settings(), home=home)
    life.settled(assessment)
    (message,) = life.decide(late(assessment, 9))
    message = msgspec.structs.replace(message, acknowledge=f"{home}/ack/…")
    page = Path(__file__).parents[3] / "docs" / "notifications.md"
    assert f"```\n{message.title}\n\n{as_text(message)}```" in page.read_text(encoding="utf-8")


def test_what_flickers_before_it_has_settled_is_never_told(assessment: Assessment) -> None:
    life = Life(settings())
    calm = with_findings(assessment)
    for shown in (assessment, calm, assessment, calm, assessment):
        assert life.decide(shown) == []
        life.now += timedelta(minutes=10)


def test_only_what_gets_worse_is_told_again(assessment: Assessment) -> None:
    life = Life(settings())
    assert len(life.settled(assessment)) == 1
    for days, told in [(5, False), (8, False), (2, False), (8, False), (9, True), (6, False)]:
        messages = life.decide(late(assessment, days))
        assert bool(messages) == told, days
        if told:
            assert messages[0].lines[0].days_before == 6
            assert "P50 is 9 working days late, 6 working days when last told." in as_text(
                messages[0]
            )
    (message,) = life.decide(late(graver(assessment), 9))
    assert message.lines[0].severity_before == "high"
    assert life.decide(late(assessment, 9)) == []
    assert life.decide(late(graver(assessment), 9)) == []


def test_messages_about_one_matter_belong_to_one_conversation(assessment: Assessment) -> None:
    life = Life(settings())
    (first,) = life.settled(assessment)
    (worse,) = life.decide(graver(assessment))
    gone = with_findings(assessment)
    assert life.decide(gone) == []
    life.now += SETTLE
    (over,) = life.decide(gone)
    assert first.thread == first.key
    assert (worse.thread, over.thread) == (first.key, first.key)
    assert len({first.key, worse.key, over.key}) == 3
    assert (first.open, worse.open, over.open) == (1, 1, 0)
    assert as_text(over).startswith("Resolved: Launch (SCH-001)\n  It was open since 2026-11-19: ")
    assert life.notices == {}


def test_a_finding_that_returns_begins_a_new_conversation(assessment: Assessment) -> None:
    life = Life(settings())
    (first,) = life.settled(assessment)
    life.settled(with_findings(assessment))
    (again,) = life.settled(assessment)
    assert again.thread == again.key != first.key


def test_a_finding_that_is_back_before_it_was_said_to_be_over_is_no_news(
    assessment: Assessment,
) -> None:
    life = Life(settings())
    life.settled(assessment)
    assert life.decide(with_findings(assessment)) == []
    life.now += SETTLE - timedelta(seconds=1)
    assert life.settled(assessment) == []


def test_what_nobody_can_tell_is_no_good_news(assessment: Assessment) -> None:
    life = Life(settings())
    life.settled(assessment)
    gone = with_findings(assessment)
    for _ in range(3):
        life.now += DAY
        assert life.decide(gone, unknown=frozenset({("SCH-001", "checkout/web/launch")})) == []
        assert life.decide(gone, silent=frozenset({"SCH-001"})) == []
    assert changes(life.settled(gone)) == [["resolved"]]


def test_a_waiver_ends_a_matter_at_once(assessment: Assessment) -> None:
    life = Life(settings())
    life.settled(assessment)
    waived = with_findings(
        assessment, msgspec.structs.replace(assessment.findings[0], state="waived")
    )
    (message,) = life.decide(waived)
    assert as_text(message).startswith("Accepted: Launch")
    assert message.open == 0
    assert life.settled(waived) == []


def explained(assessment: Assessment) -> Assessment:
    """Let the finding about Launch be explained by one about what it waits for."""
    finding = assessment.findings[0]
    cause = msgspec.structs.replace(
        finding, rule="DEP-010", subject="checkout/payments/api-2.0", fingerprint="c" * 16
    )
    suppressed = msgspec.structs.replace(finding, state="suppressed", cause=cause.fingerprint)
    return with_findings(assessment, cause, suppressed)


def test_what_another_finding_explains_is_not_told_beside_it(assessment: Assessment) -> None:
    (message,) = Life(settings()).settled(explained(assessment))

    assert [line.rule for line in message.lines] == ["DEP-010"]


def test_what_is_explained_later_is_neither_told_again_nor_over(assessment: Assessment) -> None:
    life = Life(settings())
    life.settled(assessment)
    (message,) = life.settled(explained(assessment))
    assert [line.rule for line in message.lines] == ["DEP-010"]
    assert changes(life.settled(assessment)) == [["resolved"]]
    assert changes(life.settled(with_findings(assessment))) == [["resolved"]]


def test_it_is_told_to_whom_its_cause_is_of_no_concern(assessment: Assessment) -> None:
    (message,) = Life(settings({"to": ["pm"], "rules": ["SCH"]})).settled(explained(assessment))

    assert [line.rule for line in message.lines] == ["SCH-001"]


def test_reminders_come_at_growing_intervals(assessment: Assessment) -> None:
    life = Life(settings({"to": ["pm"], "remind_after": "2d"}))
    life.settled(assessment)
    told: list[int] = []
    for day in range(1, 40):
        life.now += DAY
        if messages := life.decide(assessment):
            assert changes(messages) == [["reminder"]]
            told.append(day)
    assert told == [2, 6, 14, 30]


def test_nothing_is_said_at_night_or_on_weekends_and_then_only_what_still_holds(
    assessment: Assessment,
) -> None:
    quiet = {"to": ["pm"], "quiet": {"outside": "08:00-18:00"}}
    life = Life(settings(quiet), now=datetime(2026, 11, 20, 18, 0, tzinfo=BERLIN))
    assert life.decide(assessment) == []
    while life.now < datetime(2026, 11, 23, 8, 0, tzinfo=BERLIN):
        life.now += timedelta(hours=1)
        assert len(life.decide(assessment)) == (life.now.hour == 8 and life.now.weekday() == 0)
    life.now = datetime(2026, 11, 23, 22, 0, tzinfo=BERLIN)
    assert life.decide(graver(assessment)) == []
    life.now = datetime(2026, 11, 24, 9, 0, tzinfo=BERLIN)
    assert life.decide(assessment) == []


def test_while_a_message_is_on_its_way_the_next_one_waits_and_tells_the_difference(
    assessment: Assessment,
) -> None:
    life = Life(settings())
    (first,) = life.settled(assessment)
    life.waiting.add(("pm", first.thread))
    assert life.decide(late(assessment, 20)) == []
    assert life.decide(late(assessment, 30)) == []
    life.waiting.clear()
    (message,) = life.decide(late(assessment, 30))
    assert (message.lines[0].days, message.lines[0].days_before) == (30, 6)


def test_findings_with_one_cause_come_in_one_message(assessment: Assessment) -> None:
    (launch, _) = assessment.findings
    same = msgspec.structs.replace(
        launch, subject="checkout/payments/api-2.0", fingerprint="a", severity="medium"
    )
    tie = msgspec.structs.replace(
        launch,
        rule="DEP-001",
        subject="checkout/payments/api-2.0 -> checkout/web/launch",
        fingerprint="b",
    )
    other = msgspec.structs.replace(
        launch, subject="platform/identity/login", program="platform", fingerprint="c"
    )
    messages = Life(settings()).settled(with_findings(assessment, launch, same, tie, other))
    assert [message.title for message in messages] == [
        "Checkout modernisation: API 2.0 (3 new)",
        "Platform: Single sign-on (1 new)",
    ]
    assert [line.fingerprint for line in messages[0].lines] == ["b", "5cbc1b3d9ef01b15", "a"]
    assert [line.rule for line in messages[0].lines] == ["DEP-001", "SCH-001", "SCH-001"]
    assert [bool(line.todo) for line in messages[0].lines] == [False, True, False], "once is enough"


def test_a_flood_is_one_message_of_ten_lines(assessment: Assessment) -> None:
    launch = assessment.findings[0]
    many = [
        msgspec.structs.replace(
            launch,
            subject=f"jira:{number:03}",
            fingerprint=f"f{number:03}",
            severity="critical" if number == 33 else "high",
        )
        for number in range(34)
    ]
    life = Life(settings())
    (message,) = life.settled(with_findings(assessment, *many))
    assert (len(message.lines), message.more, message.open) == (10, 24, 34)
    assert message.lines[0].subject == "jira:033"
    assert as_text(message).endswith("… and 24 more. As of 2026-11-23.\n")
    assert life.decide(with_findings(assessment, *many)) == []


def test_routes_choose_by_program_severity_rule_and_people(assessment: Assessment) -> None:
    launch = assessment.findings[0]
    cases: list[tuple[dict[str, object], bool]] = [
        ({}, True),
        ({"programs": ["checkout"]}, True),
        ({"programs": ["platform"]}, False),
        ({"min_severity": "high"}, True),
        ({"min_severity": "critical"}, False),
        ({"rules": ["SCH"]}, True),
        ({"rules": ["SCH-001"]}, True),
        ({"rules": ["DEP", "SCH-002"]}, False),
        ({"audience": ["dana"]}, True),  # the sponsor
        ({"audience": ["ana"]}, False),  # leads another project
    ]
    for route, told in cases:
        life = Life(settings({"to": ["pm"], **route}))
        assert bool(life.settled(with_findings(assessment, launch))) == told, route


def test_each_channel_is_told_for_itself_and_by_its_first_route(assessment: Assessment) -> None:
    life = Life(
        settings(
            {"to": ["pm"], "min_severity": "critical"},
            {"to": ["pm", "mail"], "worse_by": "30wd"},
            channels=("pm", "mail"),
        )
    )
    assert len(life.settled(assessment)) == 2
    assert life.decide(late(assessment, 20)) == []
    assert len(set(life.keys)) == 2


def test_less_severe_than_the_route_tells_is_neither_news_nor_over(assessment: Assessment) -> None:
    life = Life(settings({"to": ["pm"], "min_severity": "high"}))
    life.settled(assessment)
    milder = with_findings(
        assessment, msgspec.structs.replace(assessment.findings[0], severity="low")
    )
    assert life.settled(milder) == []
    assert life.settled(assessment) == []
    assert changes(life.settled(with_findings(assessment))) == [["resolved"]]


def test_a_route_or_channel_that_is_taken_away_is_forgotten_in_silence(
    assessment: Assessment,
) -> None:
    life = Life(settings(channels=("pm", "other")))
    life.settled(assessment)
    life.settings = settings({"to": ["other"], "programs": ["platform"]}, channels=("other",))
    assert life.settled(assessment) == []
    assert life.notices == {}


def test_what_is_decided_depends_on_nothing_else(assessment: Assessment) -> None:
    lives = [Life(settings()), Life(settings())]
    first, second = (life.settled(assessment) for life in lives)
    assert first == second
    assert lives[0].notices == lives[1].notices


def test_a_cause_that_is_no_delay_groups_nothing(assessment: Assessment) -> None:
    milestones = tuple(
        msgspec.structs.replace(
            view,
            caused_by=(
                Cause(milestone="checkout/payments/api-2.0", but_for=0, shapley=0.5, own_slip=1),
            ),
        )
        for view in assessment.milestones
    )
    shown = msgspec.structs.replace(assessment, milestones=milestones)
    (message,) = Life(settings()).settled(shown)
    assert message.title == "Checkout modernisation: Launch (1 new)"
    assert message.lines[0].cause == ""
    assert message.as_of == date(2026, 11, 23)


def test_a_message_links_to_the_program_where_people_reach_our_pages(
    assessment: Assessment,
) -> None:
    (inside,) = Life(settings()).settled(assessment)
    assert inside.page == ""
    (outside,) = Life(settings(), home="https://slipwatch.acme.example").settled(assessment)
    assert outside.page == "https://slipwatch.acme.example/#checkout"
    assert f"Open in slipwatch: {outside.page}" in as_text(outside)
