"""What somebody knows of is not told again, and what nobody answers is told higher up."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from slipwatch.aggregator.assessment import Assessment
from slipwatch.config.notifications import NotificationSettings
from slipwatch.exporters.notifications.links import (
    BadLinkError,
    ExpiredLinkError,
    sign,
    verify,
)
from slipwatch.exporters.notifications.wording import as_text

from .life import BERLIN, DAY, MONDAY, SETTLE, Life, changes, graver, late, settings, with_findings

KEY = b"k" * 32
MESSAGE = "0123456789abcdef01234567"


def days_told(life: Life, assessment: Assessment, days: int) -> dict[int, list[str]]:
    """Decide every day at the same hour; say on which days which channels were told."""
    told: dict[int, list[str]] = {}
    for day in range(1, days + 1):
        life.now += DAY
        if life.decide(assessment):
            told[day] = sorted(life.channels)
    return told


def test_an_acknowledged_finding_is_not_told_again_until_it_gets_worse(
    assessment: Assessment,
) -> None:
    life = Life(settings({"to": ["pm"], "remind_after": "2d"}))
    life.settled(assessment)
    life.acknowledge(assessment.findings[0])
    assert days_told(life, assessment, 20) == {}
    assert life.decide(late(assessment, 8)) == []
    assert changes(life.decide(late(assessment, 9))) == [["worse"]]
    assert life.acknowledged == {}
    assert days_told(life, late(assessment, 9), 6) == {2: ["pm"], 6: ["pm"]}


def test_an_acknowledgement_ends_with_its_finding(assessment: Assessment) -> None:
    life = Life(settings())
    life.settled(assessment)
    life.acknowledge(assessment.findings[0])
    gone = with_findings(assessment)
    life.decide(gone)
    life.decide(assessment)
    assert life.acknowledged, "it was back before it was said to be over"
    life.settled(gone)
    assert life.acknowledged == {}
    assert changes(life.settled(assessment)) == [["new"]]


def test_what_nobody_can_tell_ends_no_acknowledgement(assessment: Assessment) -> None:
    nobody = Life(NotificationSettings())
    nobody.acknowledge(assessment.findings[0])
    gone = with_findings(assessment)
    nobody.decide(gone, silent=frozenset({"SCH-001"}))
    nobody.decide(gone, unknown=frozenset({("SCH-001", "checkout/web/launch")}))
    assert nobody.acknowledged
    nobody.decide(gone)
    assert nobody.acknowledged == {}


def escalating(*steps: tuple[str, str], people: dict[str, str] | None = None) -> Life:
    """Give a channel whose findings are escalated, and people with channels of their own."""
    people = people or {"sam": "sam-chat", "dana": "dana-chat"}
    written = settings(
        {
            "to": ["pm"],
            "remind_after": "never",
            "escalate": [{"after": after, "to": role} for after, role in steps],
        },
        channels=("pm", *people.values()),
    ).model_dump(mode="json")
    written["people"] = {name: {"channel": channel} for name, channel in people.items()}
    return Life(NotificationSettings.model_validate(written))


def test_what_nobody_acknowledges_is_told_the_manager_and_then_the_sponsor(
    assessment: Assessment,
) -> None:
    life = escalating(("2wd", "manager"), ("4wd", "sponsor"))
    (message,) = life.settled(assessment)
    assert life.channels == ["pm"]
    # Monday is told; Wednesday is the second working day, Friday the fourth.
    assert days_told(life, assessment, 14) == {2: ["sam-chat"], 4: ["dana-chat"]}
    del message
    (worse, *_) = life.decide(late(assessment, 30))
    assert sorted(life.channels) == ["dana-chat", "pm", "sam-chat"]
    assert worse.lines[0].change == "worse"
    life.settled(with_findings(assessment))
    assert life.notices == {}


def test_an_escalation_says_how_long_nobody_answered(assessment: Assessment) -> None:
    life = escalating(("2wd", "manager"))
    life.settled(assessment)
    life.now += 2 * DAY
    (message,) = life.decide(assessment)
    assert message.title == "Checkout modernisation: API 2.0 (1 escalated)"
    assert message.thread == message.key
    assert as_text(message).startswith("Escalated, high: Launch (SCH-001)\n")
    assert "P50 is 6 working days late, not acknowledged for 2 working days." in as_text(message)


def test_an_acknowledgement_ends_the_escalation_and_a_turn_for_the_worse_begins_it_anew(
    assessment: Assessment,
) -> None:
    life = escalating(("2wd", "manager"), ("4wd", "sponsor"))
    life.settled(assessment)
    life.now += 2 * DAY
    life.decide(assessment)
    life.acknowledge(assessment.findings[0])
    assert days_told(life, assessment, 12) == {}
    life.decide(graver(assessment))
    assert sorted(life.channels) == ["pm", "sam-chat"]
    life.now += 3 * DAY
    assert life.decide(graver(assessment)) == []  # it is Thursday
    life.now += 4 * DAY
    life.decide(graver(assessment))
    assert life.channels == ["dana-chat"]


def test_what_gets_worse_day_by_day_is_escalated_as_early(assessment: Assessment) -> None:
    life = escalating(("2wd", "manager"), ("4wd", "sponsor"))
    life.settled(assessment)
    told: dict[int, list[str]] = {}
    for day in range(1, 5):
        life.now += DAY
        life.decide(late(assessment, 6 + 5 * day))
        told[day] = sorted(life.channels)
    assert told[1] == ["pm"]
    assert told[2] == ["pm", "sam-chat"]
    assert told[4] == ["dana-chat", "pm", "sam-chat"]


def test_nobody_is_told_what_others_did_not_answer_at_night_or_on_weekends(
    assessment: Assessment,
) -> None:
    life = escalating(("1wd", "manager"))
    life.now = datetime(2026, 11, 20, 15, 0, tzinfo=BERLIN)  # a Friday
    life.settled(assessment)
    told: list[datetime] = []
    for _ in range(80):
        life.now += timedelta(hours=1)
        told += [life.now for _ in life.decide(assessment)]
    assert [one.astimezone(BERLIN).strftime("%a %H:%M") for one in told] == ["Mon 08:15"]


@pytest.mark.parametrize(
    ("role", "people", "told"),
    [
        ("owner", {"ana": "ana-chat"}, []),  # Launch has no owner, its project no lead
        ("owner", {"sam": "sam-chat"}, ["sam-chat"]),
        ("lead", {"dana": "dana-chat"}, ["dana-chat"]),
        ("sponsor", {"sam": "sam-chat"}, []),
        ("manager", {"sam": "pm"}, []),  # who was told already
    ],
)
def test_where_nobody_can_be_reached_it_is_the_next_ones_turn(
    assessment: Assessment, role: str, people: dict[str, str], told: list[str]
) -> None:
    life = escalating(("1wd", role), people=people)
    life.settled(assessment)
    assert [*days_told(life, assessment, 5).values()] == ([told] if told else [])


def test_only_what_was_told_is_escalated(assessment: Assessment) -> None:
    life = escalating(("1wd", "manager"))
    mild = msgspec.structs.replace(assessment.findings[0], severity="low")
    life.settled(with_findings(assessment, mild))
    assert days_told(life, with_findings(assessment, mild), 5) == {}


def test_a_link_is_good_for_its_message_and_until_its_day() -> None:
    token = sign(KEY, MESSAGE, MONDAY + SETTLE)
    assert verify(KEY, token, now=MONDAY) == MESSAGE
    with pytest.raises(ExpiredLinkError):
        verify(KEY, token, now=MONDAY + SETTLE)


def test_a_link_that_was_made_up_or_changed_is_refused() -> None:
    token = sign(KEY, MESSAGE, MONDAY + DAY)
    message, until, signature = token.split(".")
    forged = [
        "",
        "x" * 10_000,
        f"{message}.{until}",
        f"{message}.{int(until) + 1}.{signature}",
        f"{'f' * 24}.{until}.{signature}",
        f"{message}.{until}.{signature[:-1]}",
        f"{message}.{until}.{signature}\n",
        f"{message}.{'9' * 400}.{signature}",
        f"{message}.٣{until}.{signature}",
        sign(b"another key", MESSAGE, MONDAY + DAY),
    ]
    for one in forged:
        with pytest.raises(BadLinkError):
            verify(KEY, one, now=datetime(2026, 11, 23, tzinfo=UTC))
