"""Pseudonyms: no exit of an assessment names anybody whom a tracker names."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from fastapi.routing import APIRoute
from rich.console import Console

from slipwatch.aggregator.assessment import Assessment, to_json
from slipwatch.aggregator.store import Said, Store, open_store
from slipwatch.aggregator.sync import sync_source
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.acknowledging import acknowledge_subject, shown
from slipwatch.daemon.board import LiveBoard
from slipwatch.daemon.deciding import preview_situation
from slipwatch.daemon.pipeline import Outcome, run_assessment
from slipwatch.daemon.reporting import Form, write_report
from slipwatch.daemon.serving import HttpServer
from slipwatch.daemon.settings import read_settings
from slipwatch.daemon.wiring import connect
from slipwatch.demo import DemoServers, World
from slipwatch.demo.people import User
from slipwatch.exporters.export.tables import TABLES
from slipwatch.exporters.notifications.deciding import decide
from slipwatch.exporters.notifications.message import from_body
from slipwatch.exporters.notifications.wording import as_text
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.terminal.explain import explain
from slipwatch.exporters.terminal.health import changes_table, health_tables
from slipwatch.exporters.terminal.printing import print_wide
from slipwatch.exporters.terminal.tables import assessment_tables
from slipwatch.exporters.web.app import create_app

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANA = User("amoretti", "Ana Moretti", 901)
BO = User("bochen77", "Bo Chen", 902)
NAMES = re.compile("moretti|bo chen|bochen77|zita|712020:", re.IGNORECASE)
"""All that trackers and ``people`` call them."""


@pytest.fixture
def world() -> World:
    """Give a Jira and a GitHub in which two people begin, finish, approve and move things."""
    made = World(now=NOW)
    ago = NOW - timedelta(days=60)
    site = made.jira_cloud
    project = site.add_project("PAY", "Payments")
    version = site.add_version(project, "2.0", release=date(2025, 12, 1))
    epic = site.add_issue(project, "Wallet", type_name="Epic", at=ago, due=date(2025, 12, 1))
    for weeks in (1, 2, 3):
        due = date(2025, 12, 1) + timedelta(weeks=weeks)
        site.set_due(epic, due, at=ago + timedelta(weeks=weeks), by=BO)
    for number in range(8):
        issue = site.add_issue(
            project, f"Story {number}", at=ago, versions=[version], parent=epic, labels=("audit",)
        )
        site.assign(issue, (ANA, BO)[number % 4 == 3], at=ago, by=BO)
        site.transition(issue, "In Progress", at=ago + timedelta(days=1), by=ANA)
        if number < 4:
            done = ago + timedelta(days=40 + number)
            site.transition(issue, "Done", at=done, by=ANA, resolution="Done")
        elif number == 4:
            site.set_flag(issue, flagged=True, at=ago + timedelta(days=3), by=ANA)
    for label in ("risk", "approval", "evidence", "decision", "action"):
        kept = site.add_issue(
            project, f"The {label}", at=ago, labels=(label,), due=date(2026, 1, 2)
        )
        site.assign(kept, ANA, at=ago, by=ANA)
        if label in ("approval", "evidence", "decision"):
            site.transition(kept, "Done", at=NOW - timedelta(days=5), by=ANA, resolution="Done")
    repository = made.github.add_repository("acme/web", at=ago)
    task = made.github.add_issue(repository, "Pay page", at=ago)
    made.github.assign(task, ANA, at=ago)
    return made


@pytest.fixture
def config(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Give settings that ask for everything that could name somebody."""
    monkeypatch.setenv("JIRA", world.jira_cloud.token)
    monkeypatch.setenv("GITHUB", world.github.token)
    monkeypatch.setenv("KEY", "a key that nobody guesses")
    of = {"source": "jira", "project": "PAY"}
    with DemoServers(world) as servers:
        yield {
            "timezone": "UTC",
            "assess": {"trials": 100},
            "metrics": {"items": True},
            "external_url": "https://slipwatch.acme.example",
            "sources": {
                "jira": {
                    "kind": "jira",
                    "url": servers.jira_cloud.url,
                    "projects": ["PAY"],
                    "auth": {"email": "slipwatch@acme.example", "token": {"env": "JIRA"}},
                },
                "hub": {
                    "kind": "github",
                    "url": servers.github.url,
                    "repositories": ["acme/web"],
                    "auth": {"token": {"env": "GITHUB"}},
                },
            },
            "people": [{"id": "zita", "accounts": {"jira": "Ana Moretti", "hub": "amoretti"}}],
            "allocations": [{"person": "zita", "project": "shop/pay", "share": 1}] * 2,
            "programs": [
                {
                    "id": "shop",
                    "risks": [{"from": {**of, "labels": ["risk"]}}],
                    "actions": [{"from": {**of, "labels": ["action"]}}],
                    "decisions": [{"from": {**of, "labels": ["decision"]}}],
                    "gates": [
                        {
                            "id": "G1",
                            "before": "pay/wallet",
                            "approval": {"source": "jira", "issue": "PAY-11"},
                            "needs": [
                                {"approval": {"source": "jira", "issue": "PAY-11"}},
                                {"evidence": {"label": "evidence"}},
                            ],
                        }
                    ],
                    "compliance": {
                        "catalogues": ["cmmc-1"],
                        "scope": [{**of, "labels": ["audit"]}],
                    },
                    "projects": [
                        {
                            "id": "pay",
                            "scope": [of],
                            "discover": ["versions"],
                            "milestones": [{"id": "wallet", "from": [{**of, "epic": "PAY-1"}]}],
                        },
                        {"id": "web", "scope": [{"source": "hub", "repository": "acme/web"}]},
                    ],
                }
            ],
            "notifications": {
                "channels": {"hook": {"teams": {"url": {"env": "KEY"}}}},
                "routes": [{"to": ["hook"], "min_severity": "info"}],
            },
        }


def test_no_exit_names_somebody_where_pseudonyms_are_asked_for(
    config: dict[str, Any], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stack:
        store = stack.enter_context(open_store(f"sqlite:///{tmp_path / 'slipwatch.db'}"))
        settings = _read(tmp_path, config)
        for name in settings.sources:
            connector = connect(settings, name, now=lambda: NOW)
            stack.callback(connector.close)
            assert sync_source(connector, store, now=lambda: NOW).error is None

        open_ones = dict(_exits(settings, store, past=True))
        config["privacy"] = {"pseudonymise": True, "key": {"env": "KEY"}}
        settings = _read(tmp_path, config)
        capfd.readouterr()
        private = dict(_exits(settings, store, past=False))
        private["log"] = "".join(capfd.readouterr())

    naming = {name.partition(" ")[0] for name, text in open_ones.items() if NAMES.search(text)}
    assert naming >= {"json", "terminal", "acknowledged", "report", "notification", "web", "export"}
    assert len(private) == len(open_ones) + 1
    found = {name: NAMES.findall(text) for name, text in private.items()}
    assert {name: names for name, names in found.items() if names} == {}
    assert re.search(r'"p-[0-9a-f]{10}"', private["json"])


def _read(folder: Path, config: Mapping[str, Any]) -> SlipwatchSettings:
    file = folder / "slipwatch.yaml"
    file.write_text(yaml.safe_dump(dict(config)))
    return read_settings(file)


def _exits(settings: SlipwatchSettings, store: Store, *, past: bool) -> Iterator[tuple[str, str]]:
    """Yield all that anybody gets to see of an assessment, by the way it takes."""
    outcome = run_assessment(settings, store, as_of=NOW.date(), now=NOW, remember=not past)
    assessment = outcome.assessment
    yield "json", to_json(assessment).decode()
    subject = assessment.findings[0].subject
    acknowledge_subject(store, assessment, subject, by="zita", note="", at=NOW)
    yield "acknowledged", repr(shown(store.acknowledgements(), settings))
    yield from _terminal(assessment, store)
    for form in (Form.MD, Form.HTML):
        report = write_report(
            settings, store, outcome, "shop", form=form, before=None, at=NOW
        ).content
        yield f"report {form}", report.decode()
    situation = preview_situation(settings, assessment, now=NOW)
    at_once = settings.notifications.model_copy(update={"settle": timedelta(0)})
    drafts = decide(at_once, situation, Said(notices={}, waiting=frozenset())).drafts
    for number, draft in enumerate(drafts):
        yield f"notification {number}", json.dumps(draft.body) + as_text(from_body(draft.body))
    yield from _web(settings, store, outcome)


def _terminal(assessment: Assessment, store: Store) -> Iterator[tuple[str, str]]:
    text = io.StringIO()
    console = Console(file=text)
    for part in (
        assessment_tables(assessment),
        health_tables(assessment, None),
        changes_table(store.colour_changes(), None),
    ):
        print_wide(console, part)
    for milestone in assessment.milestones:
        text.write(explain(assessment, milestone))
    yield "terminal", text.getvalue()


def _web(settings: SlipwatchSettings, store: Store, outcome: Outcome) -> Iterator[tuple[str, str]]:
    assessment = outcome.assessment
    board = LiveBoard(Monitor("1"), "1", lambda: None)
    board.follow(settings.metrics)
    board.show(assessment, made_at=NOW, portfolio=outcome.portfolio)
    board.show_acknowledged(shown(store.acknowledgements(), settings))
    app = create_app(board, lives=store, chronicle=store)
    known = {
        "milestone": [view.id for view in assessment.milestones],
        "fingerprint": [finding.fingerprint for finding in assessment.findings],
        "program": ["shop"],
        "table": list(TABLES),
        "form": ["csv", "json"],
    }
    with (
        HttpServer(app, "127.0.0.1:0") as server,
        httpx.Client(base_url=server.address) as client,
    ):
        for route in app.routes:
            if not isinstance(route, APIRoute) or "GET" not in (route.methods or ()):
                continue
            names = re.findall(r"\{(\w+)", route.path)
            if {"token", "number"} & set(names):  # what was sent is walked above
                continue
            for values in product(*(known[name] for name in names)):
                path = re.sub(r"\{(\w+)(:path)?\}", "{}", route.path).format(*values)
                answer = client.get(path)
                assert answer.status_code == 200, path
                yield f"{'export' if path.startswith('/export') else 'web'} {path}", answer.text
