"""What nobody acknowledges reaches the people whom the file names, by their own mail."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from slipwatch.aggregator.store import Store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.acknowledging import acknowledge_subject
from slipwatch.daemon.messenger import Courier
from slipwatch.daemon.pipeline import run_assessment
from slipwatch.exporters.notifications.table import make_channel
from slipwatch.exporters.prometheus.monitor import Monitor
from tests.receivers import MailReceiver

MONDAY = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Week:
    """A service that assesses and delivers whenever the clock is moved on."""

    def __init__(self, store: Store, mail: MailReceiver) -> None:
        self.store, self.mail, self.now = store, mail, MONDAY
        smtp = {"host": "127.0.0.1", "port": mail.port, "tls": "none", "sender": "s@acme.example"}
        milestone = {"id": "launch", "duration": "5wd", "commitment": "2026-01-05", "owner": "ana"}
        self.settings = SlipwatchSettings.model_validate(
            {
                "assess": {"trials": 100},
                "programs": [
                    {
                        "id": "shop",
                        "manager": "sam",
                        "sponsor": "dana",
                        "projects": [{"id": "web", "milestones": [milestone]}],
                    }
                ],
                "notifications": {
                    "channels": {"team": {"smtp": {**smtp, "to": ["team@acme.example"]}}},
                    "routes": [
                        {
                            "to": ["team"],
                            "rules": ["SCH-003"],
                            "worse_by": "99wd",
                            "escalate": [
                                {"after": "2wd", "to": "manager"},
                                {"after": "4wd", "to": "sponsor"},
                            ],
                        }
                    ],
                    "people": {
                        "sam": {"mail": "sam@acme.example", "through": "team"},
                        "dana": {"mail": "dana@acme.example", "through": "team"},
                    },
                },
            }
        )
        self.couriers = [
            Courier(
                store, name, make_channel(way), self.settings, Monitor("0"), now=lambda: self.now
            )
            for name, way in self.settings.notifications.ways().items()
        ]

    def reach(self, now: datetime) -> list[tuple[str, str]]:
        """Go on to a time; return who got which mail there."""
        before, self.now = len(self.mail.mails), now
        self.assessment = run_assessment(
            self.settings, self.store, as_of=now.date(), now=now, remember=True
        ).assessment
        for courier in self.couriers:
            courier.deliver_all(lambda: False)
        return [(str(mail["To"]), str(mail["Subject"])) for mail in self.mail.mails[before:]]


@pytest.fixture
def week(store: Store) -> Iterator[Week]:
    with MailReceiver() as mail:
        yield Week(store, mail)


def test_a_manager_and_a_sponsor_hear_of_what_nobody_answers(week: Week) -> None:
    new = "[slipwatch] shop: launch (1 new)"
    escalated = "[slipwatch] shop: launch (1 escalated)"
    assert week.reach(MONDAY) == []
    assert week.reach(MONDAY + timedelta(minutes=15)) == [("team@acme.example", new)]
    assert week.reach(MONDAY + DAY) == []
    assert week.reach(MONDAY + 2 * DAY - timedelta(hours=4)) == []  # too early in the morning
    assert week.reach(MONDAY + 2 * DAY) == [("sam@acme.example", escalated)]
    assert week.reach(MONDAY + 4 * DAY) == [("dana@acme.example", escalated)]


def test_whoever_acknowledges_spares_the_others(week: Week) -> None:
    week.reach(MONDAY)
    week.reach(MONDAY + timedelta(minutes=15))
    (finding,) = [one for one in week.assessment.findings if one.rule == "SCH-003"]
    done = acknowledge_subject(
        week.store, week.assessment, finding.fingerprint, by="Ana", note="", at=week.now
    )
    assert done == (1, 1)
    assert [week.reach(MONDAY + day * DAY) for day in range(1, 7)] == [[]] * 6
