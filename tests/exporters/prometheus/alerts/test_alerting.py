"""From a slip to a message: the demo, slipwatch, Prometheus, Alertmanager, and who is told."""

import queue
import re
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipwatch.daemon.service import Service
from slipwatch.demo import Company, DemoServers
from slipwatch.exporters.prometheus.alerts.policy import Policy
from slipwatch.exporters.prometheus.alerts.render import files

from ..servers import PATIENCE, alertmanager, get, mailbox, program, prometheus

pytestmark = pytest.mark.prometheus

QUICK = Policy(
    interval="1s", reaches="1s", lasts="2s", holds="2s", gone="2s", mended="6s", outage="2s"
)
"""The rules as they are shipped, with hours as seconds."""
BEFORE, AFTER = 2, 11
"""Days of the demo. On the third day the login of another program begins to slip; on the eleventh
three commitments that wait for it will probably be missed."""
REACHES = "SlipwatchSlipReachesCommitment"
LOGIN = "platform/identity/login-2"
LAUNCH = "checkout/web/launch"
GREEN = 0.85
TIGHTER = {"cart": timedelta(days=10), "app-5": timedelta(days=18)}
"""How much less time than the company of the demo these milestones are given here."""
UNLIKELY = {"checkout/mobile/app-5", "checkout/web/cart", LAUNCH}
GROUP = {"program": "checkout", "root_cause": LOGIN}
Message = tuple[str, Any]
"""The path it came to, and what it says."""


def until(holds: Callable[[], object]) -> None:
    """Ask until the answer is yes."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"it never came: {holds}"
        threading.Event().wait(0.2)


class Watched:
    """The demo's company, with a service that watches it."""

    def __init__(self, folder: Path, servers: DemoServers, company: Company) -> None:
        self._folder = folder
        self._servers = servers
        self._company = company
        self._file = folder / "slipwatch.yaml"
        self._write()
        self.service = Service(self._file, now=company.now, listen="127.0.0.1:0")

    def chance(self) -> float:
        """Give the chance that the launch is on time, as the pages show it."""
        assessment = self.service.board.assessment()
        launch = assessment.milestone(LAUNCH) if assessment is not None else None
        return (launch.forecast.p_on_time if launch is not None else None) or 0.0

    def live(self, days: int) -> None:
        """Let days go by, and read what happened in them."""
        for _ in range(days):
            self._company.advance_day()
        self._write()
        self.service.nudge()

    def renew_commitments(self) -> None:
        """Move all of them to where they are kept."""
        self._write(later=90)
        self.service.reload()

    def _write(self, later: int = 0) -> None:
        """Write the file of the company's day, with few trials, and commitments moved by days."""
        text = self._company.config(
            jira_cloud_url=self._servers.jira_cloud.url,
            jira_dc_url=self._servers.jira_dc.url,
            github_url=self._servers.github.url,
            store_url=f"sqlite:///{self._folder / 'slipwatch.db'}",
        )
        settings = yaml.safe_load(text)
        settings["assess"]["trials"] = 500
        projects = [project for one in settings["programs"] for project in one["projects"]]
        for milestone in (milestone for project in projects for milestone in project["milestones"]):
            if "commitment" in milestone:
                less = TIGHTER.get(milestone["id"], timedelta())
                milestone["commitment"] += timedelta(days=later) - less
        for name, sheet in self._company.files().items():
            (self._folder / name).write_text(sheet)
        self._file.write_text(yaml.safe_dump(settings))


@contextmanager
def watched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[Watched, str]]:
    """Watch the company from before its slip; give the address once it has been assessed."""
    company = Company(start=datetime.now(UTC).date())
    for _ in range(BEFORE):
        company.advance_day()
    for name, value in company.environment().items():
        monkeypatch.setenv(name, value)
    with DemoServers(company.world) as servers:
        watching = Watched(folder, servers, company)
        address: queue.SimpleQueue[str] = queue.SimpleQueue()
        running = threading.Thread(target=watching.service.run, args=(address.put,))
        running.start()
        try:
            until(lambda: watching.chance() >= GREEN)
            yield watching, address.get(timeout=PATIENCE)
        finally:
            watching.service.stop()
            running.join(PATIENCE)


def routing(text: str, address: str) -> dict[str, Any]:
    """Take the shipped configuration, with hours as seconds, and webhooks for mail."""
    config: dict[str, Any] = yaml.safe_load(text)
    del config["global"]
    config["route"] |= {"group_wait": "1s", "group_interval": "1s"}
    for route in config["route"]["routes"]:
        route.pop("active_time_intervals", None)
    for receiver in config["receivers"]:
        if receiver.pop("email_configs", None):
            hook = {"url": f"{address}/{receiver['name']}", "send_resolved": True}
            receiver["webhook_configs"] = [hook]
    return config


def about_the_slip(messages: queue.SimpleQueue[Message]) -> Message:
    """Wait for a message about the slip; the company has other worries too."""
    while True:
        path, message = messages.get(timeout=PATIENCE)
        if message["groupLabels"] == GROUP:
            return path, message


def test_a_slip_that_hits_three_commitments_is_one_message_and_its_end_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("prometheus-alertmanager", "prometheus-alertmanager")
    made = files(QUICK)
    for name, text in made.items():
        (tmp_path / name).write_text(text)

    with (
        watched(tmp_path, monkeypatch) as (company, slipwatch),
        mailbox() as (address, messages),
        alertmanager(tmp_path, routing(made["alertmanager.yaml"], address)) as manager,
        prometheus(
            tmp_path,
            slipwatch,
            rule_files=["slipwatch_rules.yaml", "slipwatch_alerts.yaml"],
            alerting={"alertmanagers": [{"static_configs": [{"targets": [manager]}]}]},
        ) as asked,
    ):
        until(asked.knows_alertmanager)
        until(lambda: asked.ask("milestone:slipwatch_milestone_on_time_probability:max"))
        company.live(AFTER - BEFORE)
        path, begun = about_the_slip(messages)
        suppressed = f"http://{manager}/api/v2/alerts?active=false&silenced=false"
        until(lambda: unlikely(get(suppressed)) == UNLIKELY)
        company.renew_commitments()
        ended_path, ended = about_the_slip(messages)
        of_the_slip = f'ALERTS{{program="checkout",root_cause="{LOGIN}",severity!="info"}}'
        until(lambda: not asked.ask(of_the_slip))

    rest = [messages.get()[1] for _ in range(messages.qsize())]
    assert [message for message in rest if message["groupLabels"] == GROUP] == []
    assert (path, ended_path) == ("/checkout", "/checkout")
    assert (begun["status"], ended["status"]) == ("firing", "resolved")
    (alert,) = begun["alerts"]
    # With what silenced it Alertmanager may name the end of what was silenced, too.
    assert alert["fingerprint"] in {a["fingerprint"] for a in ended["alerts"]}
    assert {a["status"] for a in ended["alerts"]} == {"resolved"}
    assert {a["labels"]["alertname"] for a in (alert, *ended["alerts"])} == {REACHES}
    assert alert["labels"]["severity"] == "critical"
    first, *lines, last = alert["annotations"]["description"].splitlines()
    assert first.startswith(f"Login 2.0 ({LOGIN}, owner ivo) slips")
    hit = {match[1]: match for line in lines if (match := LINE.fullmatch(line)) is not None}
    assert len(hit) == len(lines)
    assert {name for name, match in hit.items() if int(match[2]) < 50} == UNLIKELY
    assert all(match[3] == name for name, match in hit.items())
    assert re.search(r" https?://\S+/projects/IDENT/versions/\d+$", last)


LINE = re.compile(
    r"- .+ \((checkout/\S+), owner \w+\) by \d+ working days: committed for \d{4}-\d\d-\d\d, "
    rf"chance to keep it (\d+) %, by way of {LOGIN} → .*?(checkout/\S+)"
)
"""What is said of a commitment: its id, the chance in percent, the end of the way."""


def unlikely(alerts: list[Any]) -> set[str]:
    """Name the commitments that one more alert each would be about."""
    found = (alert["labels"] for alert in alerts)
    return {
        labels["milestone"]
        for labels in found
        if labels["alertname"] == "SlipwatchCommitmentUnlikely" and labels["program"] == "checkout"
    }
