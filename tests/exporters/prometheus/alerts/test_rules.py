"""The rules before promtool, and what pint would ask of them without a server."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipwatch.exporters.prometheus.alerts import render
from slipwatch.exporters.prometheus.alerts.inhibition import INHIBIT
from slipwatch.exporters.prometheus.alerts.policy import Policy
from slipwatch.exporters.prometheus.catalogue import METRICS
from slipwatch.exporters.prometheus.own import SELF_METRICS

from ..servers import program
from .scenarios import SCENARIOS, content, written_tests

HERE = Path(__file__).parent
SHIPPED = Path(render.__file__).resolve().parent / "shipped"
BOARDS = SHIPPED.parents[2] / "grafana" / "dashboards"
RULES = [SHIPPED / "slipwatch_rules.yaml", SHIPPED / "slipwatch_alerts.yaml"]
EXPECTED = {scenario.alert: scenario for scenario in SCENARIOS if not scenario.part}
SUFFIXES = ("", "_bucket", "_count", "_sum")


GROUPS: list[dict[str, Any]] = [
    group for file in RULES for group in yaml.safe_load(file.read_text())["groups"]
]
ALL = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = [rule for rule in ALL if "alert" in rule]
RECORDS = [rule for rule in ALL if "record" in rule]


def templates(alert: dict[str, Any]) -> str:
    """Give all that an alert has to say."""
    return "\n".join([*alert["labels"].values(), *alert["annotations"].values()])


def seconds(duration: str) -> int:
    """Read a duration of Prometheus of one unit."""
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[duration[-1]]


def run(*command: str | Path) -> str:
    """Run a checker; give what it says, and fail with it when it is not content."""
    done = subprocess.run(
        command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.prometheus
def test_promtool_finds_nothing_to_complain_of() -> None:
    said = run(
        program("promtool", "prometheus"), "check", "rules", "--lint=all", "--lint-fatal", *RULES
    )

    assert said.count("SUCCESS") == len(RULES)


def needed(alert: str) -> list[dict[str, Any]]:
    """Give the groups with an alert and the records it is made of, theirs included."""
    names: set[str] = set()
    more = {alert}
    while more - names:
        names |= more
        text = "\n".join(
            "\n".join([rule["expr"], *rule.get("annotations", {}).values()])
            for rule in ALL
            if name_of(rule) in names
        )
        more = {rule["record"] for rule in RECORDS if rule["record"] in text}
    kept = [{**g, "rules": [r for r in g["rules"] if name_of(r) in names]} for g in GROUPS]
    return [group for group in kept if group["rules"]]


def name_of(rule: dict[str, Any]) -> str:
    """Give what an alert or a record is called."""
    return str(rule.get("alert") or rule["record"])


@pytest.mark.prometheus
def test_every_alert_fires_waits_stays_silent_and_lasts_over_a_restart_as_its_scenario_says(
    tmp_path: Path,
) -> None:
    # The files beside this one name all rules; each alert alone is tested in a tenth of the time.
    for scenario in SCENARIOS:
        name = f"{scenario.alert}{scenario.part}"
        groups = needed(scenario.alert)
        (tmp_path / f"{name}.rules").write_text(yaml.safe_dump({"groups": groups}))
        written = yaml.safe_load((HERE / f"{name}.yaml").read_text())
        written |= {
            "rule_files": [f"{name}.rules"],
            "group_eval_order": [g["name"] for g in groups],
        }
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(written))

    tests = sorted(tmp_path.glob("*.yaml"))
    said = run(program("promtool", "prometheus"), "test", "rules", *tests)

    assert said.count("SUCCESS") == len(SCENARIOS)


def test_every_alert_has_a_scenario_with_a_boundary_and_a_reason_to_be_silent() -> None:
    assert {alert["alert"] for alert in ALERTS} == set(EXPECTED)
    assert [s.alert for s in EXPECTED.values() if not s.edges or not s.silent] == []
    assert {s.alert for s in EXPECTED.values() if not s.kept} == {"SlipwatchDown"}


def test_every_metric_that_is_named_exists_and_every_record_is_used() -> None:
    exported = {m.name for m in METRICS} | {m.name + s for m in SELF_METRICS for s in SUFFIXES}
    text = "\n".join([rule["expr"] for rule in ALL] + [templates(a) for a in ALERTS])
    recorded = {rule["record"] for rule in RECORDS}
    named = set(re.findall(r"(?<![\w:])(?:\w+:)?slipwatch_\w+(?::\w+)?", text))

    assert named - recorded - exported == set()
    assert recorded - named == set()


def test_records_are_named_level_metric_operation() -> None:
    for record in RECORDS:
        assert re.fullmatch(r"[a-z_]+:slipwatch_[a-z_]+:[a-z0-9_]+", record["record"])


def test_groups_are_evaluated_within_the_lookback_of_five_minutes() -> None:
    for group in GROUPS:
        assert seconds(group["interval"]) <= 300


def test_no_rule_is_there_twice() -> None:
    names = Counter(
        rule.get("record") or (rule["alert"], rule["labels"]["severity"]) for rule in ALL
    )
    expressions = Counter(rule["expr"] for rule in ALL)

    assert names.most_common(1)[0][1] == 1
    assert expressions.most_common(1)[0][1] == 1


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_keeps_to_the_conventions(alert: dict[str, Any]) -> None:
    labels, annotations = alert["labels"], alert["annotations"]
    expected = EXPECTED[alert["alert"]]

    assert re.fullmatch(r"Slipwatch(?:[A-Z][a-z]+)+", alert["alert"])
    assert labels.keys() == {"severity"}  # none of them hides a label of the series
    assert labels["severity"] in {"critical", "warning", "info"}
    assert re.fullmatch(r"[A-Z][^{]*\.", annotations["summary"])
    assert annotations["runbook_url"].endswith(f"/{alert['alert']}.md")
    # Only what promtool finds on the alert, in the scenario, may be asked for.
    asked = set(re.findall(r"\$labels\.(\w+)", templates(alert)))
    assert asked <= expected.labels.keys()
    assert all(seconds(alert[key]) for key in ("for", "keep_firing_for") if key in alert)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_expression_is_one_that_does_not_flap(alert: dict[str, Any]) -> None:
    expr = alert["expr"]

    assert re.search(r"[<>]|==|DEP-\d+\|", expr)  # something has to be compared, or found
    assert not re.search(r"\b(?:topk|bottomk|quantile|rate|irate|deriv)\b(?![=)])", expr)
    if "absent(" in expr:
        assert seconds(alert["for"]) >= 2 * 60


def test_patterns_are_patterns_and_matched_whole() -> None:
    patterns = [p for rule in ALL for p in re.findall(r'[=!]~"([^"]*)"', rule["expr"])]

    assert patterns
    assert [p for p in patterns if not re.search(r"[|.+*?]", p) or re.search(r"^\^|\$$", p)] == []


def test_counters_are_read_by_their_increase_and_nothing_else_is() -> None:
    text = "\n".join(rule["expr"] for rule in ALL)
    increased = re.findall(r"increase\((\w+)", text)

    assert increased
    assert all(name.endswith("_total") for name in increased)
    assert len(re.findall(r"slipwatch_\w+_total", text)) == len(increased)


def test_an_alert_silences_only_what_carries_the_labels_they_share() -> None:
    """A label that neither has counts as equal: it would silence what has nothing to do with it."""
    for rule in INHIBIT:
        for alerts in (rule["source_matchers"], rule["target_matchers"]):
            (pattern,) = (m.partition("=")[2].strip('~"') for m in alerts if "alertname" in m)
            named = [name for name in EXPECTED if re.fullmatch(pattern, name)]
            assert named
            for name in named:
                assert set(rule["equal"]) <= EXPECTED[name].labels.keys()


@pytest.mark.prometheus
@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("alertname=SlipwatchCommitmentMissed program=checkout severity=critical", "checkout"),
        (
            "alertname=SlipwatchCommitmentMissed program=platform severity=critical",
            "program-office",
        ),
        ("alertname=SlipwatchFloatUsedUp program=checkout severity=info", "shown-only"),
        ("alertname=SlipwatchDown job=slipwatch severity=critical", "operators"),
    ],
)
def test_amtool_routes_each_alert_to_those_it_concerns(labels: str, receiver: str) -> None:
    amtool, config = program("amtool", "prometheus-alertmanager"), SHIPPED / "alertmanager.yaml"

    run(amtool, "check-config", config)
    routed = run(amtool, "config", "routes", "test", f"--config.file={config}", *labels.split())

    assert routed.splitlines()[-1] == receiver  # before it, amtool may warn of its own settings


def test_the_command_writes_the_files_for_another_job(tmp_path: Path) -> None:
    folder = tmp_path / "to" / "prometheus"
    said = run(
        Path(sys.executable).parent / "slipwatch",
        *("alerts", folder, "--job", "pm", "--runbooks", "https://wiki.example/slipwatch/"),
    )

    assert said.splitlines() == [str(folder / name) for name in render.files(Policy())]
    text = (folder / "slipwatch_alerts.yaml").read_text()
    assert 'up{job="pm"}' in text
    assert "https://wiki.example/slipwatch/SlipwatchDown.md" in text
    assert 'job="slipwatch"' not in text + (folder / "slipwatch_rules.yaml").read_text()


def test_a_configuration_that_is_named_and_not_there_is_told(tmp_path: Path) -> None:
    command = Path(sys.executable).parent / "slipwatch"
    tried = subprocess.run(
        [command, "alerts", tmp_path / "to", "--config", tmp_path / "none.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert tried.returncode == 2
    assert "none.yaml" in tried.stderr
    assert not (tmp_path / "to").exists()


def test_alerts_link_to_dashboards_that_there_are_and_to_the_page_of_their_program(
    tmp_path: Path,
) -> None:
    config = tmp_path / "slipwatch.yaml"
    config.write_text("external_url: https://pm.example/slip\n")
    run(
        Path(sys.executable).parent / "slipwatch",
        *("alerts", tmp_path, "--grafana", "https://grafana.example/", "--config", config),
    )

    groups = yaml.safe_load((tmp_path / "slipwatch_alerts.yaml").read_text())["groups"]
    for alert in (rule for group in groups for rule in group["rules"]):
        board, page = (alert["annotations"][name] for name in ("dashboard_url", "slipwatch_url"))
        root, _, uid = board.partition("?")[0].rpartition("/")
        assert root == "https://grafana.example/d"
        made = json.loads((BOARDS / f"{uid}.json").read_text())
        variables = {variable["name"] for variable in made["templating"]["list"]}
        chosen = dict(re.findall(r"var-(\w+)=\{\{ \$labels\.(\w+) \| urlquery \}\}", board))
        assert chosen.keys() <= variables
        asked = {*chosen.values(), *re.findall(r"\$labels\.(\w+)", page)}
        assert asked <= EXPECTED[alert["alert"]].labels.keys()
        program_card = "#{{ $labels.program | urlquery }}" if "program" in asked else ""
        assert page == f"https://pm.example/slip/{program_card}"


@pytest.mark.prometheus
def test_links_to_dashboards_are_written_by_prometheus_with_what_they_are_about(
    tmp_path: Path,
) -> None:
    policy = Policy(grafana="https://grafana.example", external_url="https://pm.example")
    for name, text in render.files(policy).items():
        (tmp_path / name).write_text(text)
    links = {
        "dashboard_url": "https://grafana.example/d/slipwatch-milestone"
        "?var-milestone=checkout%2Fweb%2Flaunch&var-job=slipwatch",
        "slipwatch_url": "https://pm.example/#checkout",
    }
    scenario = EXPECTED["SlipwatchFloatUsedUp"]
    (first, *_) = written_tests(scenario)
    for expected in first["alert_rule_test"]:
        for alert in expected["exp_alerts"]:
            alert["exp_annotations"] |= links
    written = [str(tmp_path / file.name) for file in RULES]
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(content(scenario, [first], written)))

    run(program("promtool", "prometheus"), "test", "rules", tmp_path / "test.yaml")


@pytest.mark.prometheus
def test_a_job_may_have_any_name(tmp_path: Path) -> None:
    for name, text in render.files(Policy(job='p"m\\ $1')).items():
        (tmp_path / name).write_text(text)

    run(program("promtool", "prometheus"), "check", "rules", *tmp_path.glob("slipwatch_*.yaml"))
