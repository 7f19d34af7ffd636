"""config check, schema and show: each mistake with its place, nothing secret, nothing hidden."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from slipwatch.connectors.table import kinds
from slipwatch.rules.pages import describe
from slipwatch.rules.table import load_rules

from .running import Commands

HEAD = """\
timezone: Europe/Berlin
sources:
  jira: {kind: jira, url: https://acme.example, auth: {token: {env: T}}, projects: [PAY]}
"""
BODY = """\
programs:
  - id: shop
    projects:
      - id: api
        milestones:
          - {id: beta, duration: 5wd}
"""
# What is wrong, the file, and what the first line of the answer must hold.
BROKEN: dict[str, tuple[str, str]] = {
    "an empty file": ("", "1:1: the file is empty"),
    "a list": ("- a\n", "1:1: expected keys such as `programs:`"),
    "a tab": ("sources:\n\tjira: 1\n", "2:1: a tab"),
    "a quote that is never closed": ("timezone: 'UTC\n", "1:11: this quote is never closed"),
    "a key twice": ("timezone: UTC\ntimezone: UTC\n", "2:1: timezone: the key `timezone`"),
    "a key that is not there": ("timezon: UTC\n", "1:1: timezon: unknown key"),
    "a day that does not exist": (
        BODY.replace("duration: 5wd", "commitment: 2026-02-30"),
        "6:36: programs[0].projects[0].milestones[0].commitment: 2026-02-30 is not a date",
    ),
    "a number for a text": (BODY.replace("id: shop", "id: 7"), "2:9: programs[0].id:"),
    "a duration without a unit": (
        BODY.replace("5wd", "5"),
        "6:34: programs[0].projects[0].milestones[0].duration: expected working days",
    ),
    "an unknown time zone": ("timezone: Europe/Belin\n", "1:11: timezone: unknown time zone"),
    "an address without a port": ("listen: localhost\n", "1:9: listen: expected host:port"),
    "a secret in the file": (
        HEAD.replace("{env: T}", "sesame"),
        "3:63: sources.jira.auth.token: a secret is never written into the file",
    ),
    "a password in the store": (
        "store: postgresql+psycopg://pm:sesame@db/slipwatch\n",
        "1:8: store: a password is never written into the file",
    ),
    "an unknown kind of source": (
        HEAD.replace("kind: jira", "kind: jera"),
        "3:16: sources.jira.kind: unknown kind of source; did you mean `jira`",
    ),
    "a source that is not there": (
        HEAD + BODY.replace("milestones:", "scope: [{source: github}]\n        milestones:"),
        "8:26: programs[0].projects[0].scope[0].source: unknown source `github`",
    ),
    "a milestone that is not there": (
        BODY.replace("duration: 5wd", "depends_on: [{milestone: bata}]"),
        "6:49: programs[0].projects[0].milestones[0].depends_on[0].milestone: unknown milestone",
    ),
    "a milestone that waits for itself": (
        BODY.replace("duration: 5wd", "depends_on: [{milestone: beta}]"),
        "6:49: programs[0].projects[0].milestones[0].depends_on[0].milestone: a milestone cannot",
    ),
    "a milestone twice": (
        BODY + "          - {id: beta}\n",
        "7:18: programs[0].projects[0].milestones[1].id:",
    ),
    "a calendar that is not there": (
        BODY.replace("id: api", "id: api\n        calendar: plant"),
        "5:19: programs[0].projects[0].calendar: unknown calendar `plant`",
    ),
    "a rule that is not there": (
        BODY + "rules: {settings: {SCH-999: {moves: 3}}}\n",
        "7:20: rules.settings.SCH-999: there is no rule SCH-999; the rules are ",
    ),
    "a parameter that is not there": (
        BODY + "rules:\n  settings:\n    SCH-005: {moofs: 3}\n",
        "9:22: rules.settings.SCH-005.moofs: SCH-005 has no parameter moofs; its parameters are",
    ),
    "a threshold out of range": (
        BODY + "rules:\n  settings:\n    SCH-005:\n      moves: 0\n",
        "10:14: rules.settings.SCH-005.moves: SCH-005 moves: expected 1 or more, got 0",
    ),
    "a metric that is not there": (
        BODY + "metrics:\n  deny: ['slipwatch_*_info', slipwatch_milestone_statue]\n",
        "8:30: metrics.deny[1]: no metric has such a name; did you mean `slipwatch_milestone_stat",
    ),
    "a threshold that is a fraction": (
        BODY + "rules: {settings: {SCH-005: {moves: 2.5}}}\n",
        "7:37: rules.settings.SCH-005.moves: SCH-005 moves: expected a whole number, got 2.5",
    ),
}


def test_more_than_twenty_broken_files_are_told_by_line_column_and_mend(
    slipwatch: Commands, tmp_path: Path
) -> None:
    begun = {}
    for number, (what, (text, _)) in enumerate(BROKEN.items()):
        (tmp_path / f"{number}.yaml").write_text(text)
        begun[what] = slipwatch.begin("config", "check", "--config", f"{number}.yaml")

    answers = {what: process.end() for what, process in begun.items()}

    assert len(BROKEN) > 20
    for number, (what, (_, said)) in enumerate(BROKEN.items()):
        answer = answers[what]
        assert answer.code == 2, what
        assert answer.out == "", what
        assert answer.err.startswith(f"{number}.yaml:{said}"), (what, answer.err)
        assert all(re.match(r"\d+\.yaml:\d+:\d+: ", line) for line in answer.err.splitlines())
        assert "sesame" not in answer.err


def test_wrong_rule_settings_are_told_together_with_everything_else(
    slipwatch: Commands, tmp_path: Path
) -> None:
    (tmp_path / "slipwatch.yaml").write_text(
        "timezone: Europe/Belin\n" + BODY + "rules: {settings: {SCH-999: {moves: 3}}}\n"
    )

    for command in (("config", "check"), ("assess",), ("sync",), ("run",), ("config", "show")):
        told = slipwatch(*command).err.splitlines()

        assert [line.split(":")[1] for line in told] == ["1", "8"], command
        assert "did you mean `Europe/Berlin`" in told[0]
        assert "there is no rule SCH-999" in told[1]


def test_a_sound_file_is_counted_whichever_way_it_is_named(
    slipwatch: Commands, tmp_path: Path
) -> None:
    (tmp_path / "other.yaml").write_text(HEAD + BODY)
    fine = "other.yaml is fine: 1 source, 1 program, 1 listed milestone.\n"

    assert slipwatch("config", "check", "--config", "other.yaml").out == fine
    assert slipwatch("config", "check", SLIPWATCH_CONFIG="other.yaml").out == fine
    assert slipwatch("config", "check").code == 2


def test_show_prints_settings_that_mean_the_same(slipwatch: Commands, tmp_path: Path) -> None:
    (tmp_path / "slipwatch.yaml").write_text(HEAD + BODY)

    shown = slipwatch("config", "show", T="sesame")
    (tmp_path / "shown.yaml").write_text(shown.out)
    again = slipwatch("config", "show", "--config", "shown.yaml")

    values = yaml.safe_load(shown.out)
    assert values["sources"]["jira"]["auth"]["token"] == {"env": "T"}
    assert values["assess"]["trials"] == 10_000
    assert "sesame" not in shown.out
    assert again.out == shown.out


def test_the_schema_takes_what_config_check_takes(slipwatch: Commands) -> None:
    schema: dict[str, Any] = json.loads(slipwatch("config", "schema").out)

    jsonschema.validate(yaml.safe_load(HEAD + BODY), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"timezon": "UTC"}, schema)


def test_rules_metrics_and_connectors_list_everything_there_is(slipwatch: Commands) -> None:
    rules = slipwatch("rules").out
    metrics = slipwatch("metrics").out
    connectors = " ".join(slipwatch("connectors").out.split())

    for rule in load_rules():
        assert re.search(rf"^{rule.id} +{rule.severity} ", rules, re.MULTILINE)
        assert all(f"{p.name}={p.default:g}" in rules for p in describe(rule).telling)
    documented = (Path(__file__).parents[2] / "docs/metrics.md").read_text()
    for name in re.findall(r"^\| `(slipwatch_\w+)` \|", documented, re.MULTILINE):
        assert re.search(rf"^{name} ", metrics, re.MULTILINE)
    for name, kind in kinds().items():
        keys = ", ".join(key for key in kind.settings.model_fields if key != "kind")
        assert re.search(rf" {name} .*? {re.escape(keys)}( |$)", connectors)


@pytest.mark.parametrize(
    "command",
    [
        "config check",
        "config schema",
        "config show",
        "sync",
        "assess",
        "explain beta",
        "rules",
        "metrics",
        "connectors",
    ],
)
def test_every_command_takes_the_same_options(
    slipwatch: Commands, tmp_path: Path, command: str
) -> None:
    (tmp_path / "here.yaml").write_text(BODY)
    options = ("--config", "here.yaml", "--log-level", "debug", "--log-format", "json")

    done = slipwatch(*command.split(), *options)

    assert (done.code, done.err) == (0, "")
