"""From a slip to a message: the real exporter, Prometheus, Alertmanager, and who is told."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Semaphore
from typing import Any, Protocol

import msgspec
import pytest
import yaml

from slipwatch.aggregator.assessment import (
    Assessment,
    Cause,
    DependencyView,
    Hit,
    MilestoneView,
    Slip,
    SourceView,
)
from slipwatch.daemon.serving import HttpServer
from slipwatch.exporters.prometheus.alerts.policy import Policy
from slipwatch.exporters.prometheus.alerts.render import files
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.web.app import Board as WebBoard
from slipwatch.exporters.web.app import create_app

from ..servers import PATIENCE, alertmanager, get, mailbox, program, prometheus

pytestmark = pytest.mark.prometheus

QUICK = Policy(
    interval="1s", reaches="1s", lasts="2s", holds="2s", gone="2s", mended="6s", outage="2s"
)
"""The rules as they are shipped, with hours as seconds."""
LOGIN = "platform/identity/login"
HIT = ("checkout/web/launch", "checkout/shop/cart", "checkout/app/beta")
CHAIN = "platform/identity/login → checkout/payments/api-2.0 → "


class Board(WebBoard, Protocol):
    """The board of conftest.py."""

    monitor: Monitor
    on_scrape: Callable[[], None]

    def show(self, assessment: Assessment) -> None:
        """Show an assessment from now on."""
        ...


def company(assessment: Assessment, *, slips: bool) -> Assessment:
    """Let three commitments of one program wait for a login of another one, over its API."""
    api, _, launch, login = assessment.milestones
    days = (datetime.now(UTC).date() + timedelta(days=80)) - (launch.dates.commitment or date.max)

    def shifted(milestone: MilestoneView, **changes: Any) -> MilestoneView:
        dates = {
            name: day + days
            for name in ("baseline", "plan", "commitment")
            if (day := getattr(milestone.dates, name)) is not None
        }
        moved = msgspec.structs.replace(milestone.dates, **dates)
        return msgspec.structs.replace(milestone, dates=moved, **changes)

    cause = (Cause(milestone=LOGIN, but_for=6, shapley=6.0, own_slip=8),) if slips else ()
    commitments = (
        shifted(
            launch,
            id=name,
            title=name.rpartition("/")[2].title(),
            project=name.split("/")[1],
            forecast=msgspec.structs.replace(launch.forecast, p_on_time=0.18 if slips else 0.95),
            network=msgspec.structs.replace(
                launch.network, commitment_float=-6 if slips else 5, drivers=(api.id,)
            ),
            slip=Slip(forecast_vs_commitment=6 if slips else -5),
            caused_by=cause,
        )
        for name in HIT
    )
    edge = assessment.dependencies[0]

    def tie(upstream: str, downstream: str) -> DependencyView:
        return msgspec.structs.replace(edge, upstream=upstream, downstream=downstream, status="ok")

    return msgspec.structs.replace(
        assessment,
        sources=(SourceView(name="jira", status="ok", last_success=datetime.now(UTC), items=1),),
        milestones=(
            shifted(api, caused_by=cause),
            *commitments,
            shifted(
                login,
                owner="lee",
                status="amber",
                network=msgspec.structs.replace(login.network, commitment_float=-6 if slips else 5),
                hits=tuple(Hit(milestone=name, days=6) for name in HIT) if slips else (),
            ),
        ),
        dependencies=(tie(LOGIN, api.id), *(tie(api.id, name) for name in HIT)),
        findings=(),
    )


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


def test_a_slip_that_hits_three_commitments_is_one_message_and_its_end_another(
    board: Board, assessment: Assessment, tmp_path: Path
) -> None:
    program("prometheus-alertmanager", "prometheus-alertmanager")
    made = files(QUICK)
    for name, text in made.items():
        (tmp_path / name).write_text(text)
    scraped = Semaphore(0)
    board.on_scrape = scraped.release
    board.monitor.reload_ok.set(1)
    board.monitor.assessed_at.set(datetime.now(UTC).timestamp())
    board.show(company(assessment, slips=False))

    with (
        mailbox() as (address, messages),
        alertmanager(tmp_path, routing(made["alertmanager.yaml"], address)) as manager,
        HttpServer(create_app(board), "127.0.0.1:0") as server,
        prometheus(
            tmp_path,
            server.address,
            rule_files=["slipwatch_rules.yaml", "slipwatch_alerts.yaml"],
            alerting={"alertmanagers": [{"static_configs": [{"targets": [manager]}]}]},
        ) as asked,
    ):

        def until(holds: Callable[[], bool]) -> None:
            """Look again at each scrape."""
            for _ in range(int(PATIENCE)):
                if holds():
                    return
                assert scraped.acquire(timeout=PATIENCE)
            pytest.fail("it never came")

        # Before it scrapes, Prometheus answers nothing.
        assert all(scraped.acquire(timeout=PATIENCE) for _ in range(2))
        until(asked.knows_alertmanager)
        board.show(company(assessment, slips=True))
        path, begun = messages.get(timeout=PATIENCE)
        suppressed = f"http://{manager}/api/v2/alerts?active=false&silenced=false"
        unlikely = '{alertname="SlipwatchCommitmentUnlikely",alertstate="firing"}'
        until(lambda: len(asked.ask(f"ALERTS{unlikely}")) == 3)
        until(lambda: len(of(get(suppressed), "SlipwatchCommitmentUnlikely")) == 3)
        board.show(company(assessment, slips=False))
        ended_path, ended = messages.get(timeout=PATIENCE)
        until(lambda: not asked.ask("ALERTS") and not get(f"http://{manager}/api/v2/alerts"))

    assert messages.empty()
    assert (path, ended_path) == ("/checkout", "/checkout")
    assert (begun["status"], ended["status"]) == ("firing", "resolved")
    assert begun["groupLabels"] == {"program": "checkout", "root_cause": LOGIN}
    (alert,) = begun["alerts"]
    assert [a["fingerprint"] for a in ended["alerts"]] == [alert["fingerprint"]]
    assert alert["labels"]["alertname"] == "SlipwatchSlipReachesCommitment"
    assert alert["labels"]["severity"] == "critical"
    first, *lines, last = alert["annotations"]["description"].splitlines()
    assert first.startswith(f"Single sign-on ({LOGIN}, owner lee) slips")
    assert sorted(line.partition(" by way of ")[2] for line in lines) == sorted(
        CHAIN + name for name in HIT
    )
    assert all("by 6 working days" in line and "keep it 18 %" in line for line in lines)
    assert last.endswith(" https://jira.acme.example/projects/ID/versions/7")


def of(alerts: list[Any], name: str) -> list[Any]:
    """Choose the alerts of a name."""
    return [alert for alert in alerts if alert["labels"]["alertname"] == name]
