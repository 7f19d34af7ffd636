"""Reports go out when they are due, once, on working days, to all who are to get them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.store import Store, open_store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.dispatching import Dispatcher, turns
from slipwatch.daemon.messenger import Courier
from slipwatch.daemon.pipeline import run_assessment
from slipwatch.daemon.reporting import compared_with
from slipwatch.daemon.stored import today
from slipwatch.exporters.notifications.table import make_channel
from slipwatch.exporters.prometheus.monitor import Monitor
from tests.receivers import HttpReceiver, Reply

MONDAY = datetime(2026, 11, 23, 7, 59, tzinfo=UTC)
"""One minute before nine in Berlin."""
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as running:
        yield running


@pytest.fixture
def file(receiver: HttpReceiver, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give settings with a report for one audience."""
    monkeypatch.setenv("SECRET", "secret")
    launch = {"id": "launch", "title": "Launch", "duration": "5wd", "commitment": "2027-01-15"}
    return {
        "timezone": "Europe/Berlin",
        "external_url": "https://slipwatch.acme.example",
        "assess": {"trials": 100},
        "calendars": {"default": {"holidays": ["2026-11-30"]}},
        "programs": [
            {
                "id": "shop",
                "title": "Shop <!channel>",
                "projects": [{"id": "web", "milestones": [launch]}],
                "reports": [{"audience": "steering", "to": ["hook"], "format": "md"}],
            }
        ],
        "notifications": {
            "channels": {"hook": {"webhook": {"url": receiver.url, "secret": {"env": "SECRET"}}}}
        },
    }


class Bench:
    """A service's reports, one moment after the other."""

    def __init__(self, store: Store, file: dict[str, Any]) -> None:
        self._store = store
        self.monitor = Monitor("0.1.0")
        self.write(file)

    def write(self, file: dict[str, Any]) -> None:
        """Put settings in force."""
        self.settings = SlipwatchSettings.model_validate(file)

    def go_on(self, now: datetime) -> datetime | None:
        """Assess and send what is due, as a process that has just begun."""
        as_of = today(self.settings, now)
        outcome = run_assessment(self.settings, self._store, as_of=as_of, now=now, remember=True)
        return Dispatcher(self._store, self.monitor).send_due(self.settings, outcome, now)

    def deliver(self, now: datetime) -> None:
        written = self.settings.notifications.channels["hook"]
        channel, settings = make_channel(written), self.settings
        courier = Courier(self._store, "hook", channel, settings, self.monitor, now=lambda: now)
        courier.deliver_all(lambda: False)


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    with open_store(sqlite_url) as opened:
        yield opened


@pytest.fixture
def bench(sqlite_store: Store, file: dict[str, Any]) -> Bench:
    return Bench(sqlite_store, file)


def periods(store: Store) -> list[date | None]:
    return [one.period for one in reversed(store.reports())]


def test_a_report_goes_out_at_its_time_once_for_each_week(
    bench: Bench, sqlite_store: Store
) -> None:
    assert bench.go_on(MONDAY) == MONDAY + MINUTE
    assert periods(sqlite_store) == []

    # A day that is no working day is passed over.
    following = MONDAY + MINUTE + 8 * DAY
    assert bench.go_on(MONDAY + MINUTE) == following
    for later in (2 * MINUTE, DAY, 5 * DAY, 7 * DAY):
        assert bench.go_on(MONDAY + later) == following
    assert bench.go_on(following) == following + 6 * DAY

    assert periods(sqlite_store) == [date(2026, 11, 23), date(2026, 11, 30)]


def test_a_day_that_was_missed_is_made_up_for_on_the_next_working_day(
    bench: Bench, sqlite_store: Store
) -> None:
    assert bench.go_on(MONDAY + 5 * DAY + MINUTE) == MONDAY + 8 * DAY + MINUTE
    assert periods(sqlite_store) == []
    bench.go_on(MONDAY + 10 * DAY + MINUTE)
    assert periods(sqlite_store) == [date(2026, 11, 30)]


def test_what_was_sent_by_other_means_is_not_sent_again(
    bench: Bench, sqlite_store: Store, file: dict[str, Any]
) -> None:
    file["programs"][0]["reports"][0]["last_sent"] = date(2026, 11, 23)
    bench.write(file)

    bench.go_on(MONDAY + DAY)

    assert periods(sqlite_store) == []


@pytest.mark.parametrize(
    ("cadence", "moments"),
    [
        (
            "P1D",
            ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-12-01"],
        ),
        ("P2W", ["2026-11-23", "2026-12-07", "2026-12-21"]),
        ("P1M", ["2026-11-23", "2026-12-01", "2027-01-01"]),
        ("P3M", ["2026-11-23", "2027-01-01", "2027-04-01"]),
    ],
)
def test_cadences_begin_with_their_first_working_day(
    bench: Bench, sqlite_store: Store, file: dict[str, Any], cadence: str, moments: list[str]
) -> None:
    file["programs"][0]["reports"][0]["cadence"] = cadence
    bench.write(file)
    seen: list[str] = []
    now = MONDAY + MINUTE
    while len(seen) < len(moments):
        (next_one,) = turns(bench.settings, sqlite_store, now)
        seen.append(str(next_one.moment.date()))
        now = max(now, next_one.moment)
        bench.go_on(now)

    assert seen == moments


def test_every_report_tells_what_changed_since_the_last_one_to_that_audience(
    bench: Bench, sqlite_store: Store, file: dict[str, Any]
) -> None:
    bench.go_on(MONDAY + MINUTE)
    # What moved later on the same day is in no report yet.
    file["programs"][0]["projects"][0]["milestones"][0]["commitment"] = "2026-11-24"
    bench.write(file)
    bench.go_on(MONDAY + 9 * MINUTE)
    assert len(sqlite_store.reports()) == 1

    bench.go_on(MONDAY + 8 * DAY + MINUTE)

    second = sqlite_store.last_report("shop", "steering")
    assert second is not None
    text = second.content.decode()
    assert "## What changed since 2026-11-23" in text
    assert "Launch is committed for 2026-11-24 instead of 2027-01-15" in text
    first = sqlite_store.report(second.number - 1)
    assert first is not None
    assert "there is nothing to compare with" in first.content.decode()


def test_what_one_audience_knows_is_news_to_another(bench: Bench, sqlite_store: Store) -> None:
    bench.go_on(MONDAY - DAY)
    bench.go_on(MONDAY + MINUTE)
    tuesday = date(2026, 11, 24)

    known = compared_with(sqlite_store, "shop", tuesday, audience="steering")
    new = compared_with(sqlite_store, "shop", tuesday, audience="team")

    assert known is not None
    assert new is not None
    assert (known.as_of, new.as_of) == (date(2026, 11, 23), date(2026, 11, 22))


def test_a_report_arrives_as_it_was_frozen_also_when_the_channel_was_down(
    bench: Bench, sqlite_store: Store, receiver: HttpReceiver
) -> None:
    bench.go_on(MONDAY + MINUTE)
    receiver.answer = lambda _: Reply(503)
    bench.deliver(MONDAY + MINUTE)
    assert arrived_at(bench) is None
    receiver.answer = lambda _: Reply(200)

    bench.deliver(MONDAY + DAY)
    bench.deliver(MONDAY + 2 * DAY)

    _, arrived = receiver.received
    frozen = sqlite_store.last_report("shop", "steering")
    assert frozen is not None
    assert arrived.json["schema"] == "slipwatch/document/1"
    assert arrived.json["text"] == frozen.content.decode()
    assert arrived.json["key"] == "report-shop-steering-2026-11-23"
    assert arrived.json["link"] == f"https://slipwatch.acme.example/reports/{frozen.number}"
    assert arrived.json["summary"] == [
        "Commitments: 1 green.",
        (
            "governance is amber: GOV-001, high: Shop <!channel> has no sponsor: nobody answers "
            "for it at the top."
        ),
    ]
    assert arrived_at(bench) == (MONDAY + DAY).timestamp()


def sample(bench: Bench, metric: str) -> float | None:
    """Read a metric about the audience."""
    labels = {"program": "shop", "audience": "steering"}
    return bench.monitor.registry.get_sample_value(metric, labels)


def arrived_at(bench: Bench) -> float | None:
    """Read when a report last arrived."""
    return sample(bench, "slipwatch_report_last_success_timestamp_seconds")


def test_a_process_that_begins_knows_when_the_last_report_arrived(
    bench: Bench, sqlite_store: Store, file: dict[str, Any]
) -> None:
    bench.go_on(MONDAY + MINUTE)
    bench.deliver(MONDAY + DAY)

    after = Bench(sqlite_store, file)
    after.go_on(MONDAY + 2 * DAY)

    assert arrived_at(after) == (MONDAY + DAY).timestamp()
    assert sample(after, "slipwatch_report_failures_total") == 0


def test_without_a_browser_a_pdf_is_counted_as_failed_and_tried_again(
    bench: Bench, sqlite_store: Store, file: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    file["programs"][0]["reports"][0]["format"] = "pdf"
    bench.write(file)
    monkeypatch.setenv("PATH", "/nowhere")

    next_one = bench.go_on(MONDAY + MINUTE)

    assert next_one == MONDAY + MINUTE
    assert sqlite_store.reports() == []
    assert sample(bench, "slipwatch_report_failures_total") == 1
    # It stays overdue since then, and that can be seen.
    bench.go_on(MONDAY + DAY + MINUTE)
    due = sample(bench, "slipwatch_report_due_timestamp_seconds")
    assert due == (MONDAY + MINUTE).timestamp()
