"""Writes what is made from the code: pages of docs/, the schema of the assessment, alert rules.

make docs writes them; with --check the stale ones are named instead, which the tests do.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from typing import Any

import typer

from slipwatch.aggregator import assessment, trial
from slipwatch.aggregator.backtest import result
from slipwatch.aggregator.whatif import answer, levers, promise
from slipwatch.config.page import render_page as configuration_page
from slipwatch.connectors.table import kinds
from slipwatch.daemon.cli import make_app
from slipwatch.exporters.grafana.build import made_dashboards
from slipwatch.exporters.prometheus.alerts.policy import Policy
from slipwatch.exporters.prometheus.alerts.render import files as rule_files
from slipwatch.exporters.prometheus.alerts.runbooks import pages as runbook_pages
from slipwatch.exporters.prometheus.pages import render_page as metrics_page
from slipwatch.rules.pages import pages as rule_pages
from slipwatch.rules.table import RULES

ROOT = Path(__file__).parents[1]
ALERT_TESTS = "tests/exporters/prometheus/alerts"
WHOLE = (
    "docs/rules/*.md",
    "docs/runbooks/*.md",
    "exporters/prometheus/alerts/shipped/*.yaml",
    f"{ALERT_TESTS}/*.yaml",
)
"""Files that are all made from the code: what is there beside them is left over."""
SCHEMAS = {
    "aggregator/assessment.schema.json": assessment.json_schema,
    "aggregator/backtest/backtest.schema.json": result.json_schema,
    "aggregator/whatif/levers.schema.json": levers.json_schema,
    "aggregator/whatif/promise.schema.json": promise.json_schema,
    "aggregator/whatif/whatif.schema.json": answer.json_schema,
    "aggregator/trial.schema.json": trial.json_schema,
}
"""Of what the commands give as JSON."""
CLI_INTRODUCTION = """\
# Command line

Every command takes `--config FILE`; without it `SLIPWATCH_CONFIG` names the file, or it is
`slipwatch.yaml` in the current folder. Results go to standard output, progress, logs and complaints
to standard error. Exit codes: 0 is well, 1 means findings (`assess --fail-on`), 2 a usage or
configuration error, 3 that a source failed.

This page is written from the commands themselves; a test compares it with them.
"""


def main() -> int:
    """Write what is stale, or name it; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    check = parser.parse_args().check
    made = dict(_made())
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    gone = [path for pattern in WHOLE for path in ROOT.glob(pattern) if path not in made]
    for path in [*stale, *gone]:
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
        if check:
            continue
        if path in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[path])
        else:
            path.unlink()
    return 1 if check and (stale or gone) else 0


def _made() -> Iterator[tuple[Path, str]]:
    docs = ROOT / "docs"
    settings = {name: kind.settings for name, kind in kinds().items()}
    yield docs / "cli.md", cli_page()
    yield docs / "configuration.md", configuration_page(settings)
    yield docs / "metrics.md", metrics_page()
    for name, text in rule_pages(RULES).items():
        yield docs / "rules" / name, text
    for name, text in runbook_pages(Policy()).items():
        yield docs / "runbooks" / name, text
    for name, text in rule_files(Policy()).items():
        yield ROOT / "exporters/prometheus/alerts/shipped" / name, text
    yield from run_path(str(ROOT / ALERT_TESTS / "scenarios.py"))["files"]().items()
    for name, text in made_dashboards().items():
        yield ROOT / "exporters/grafana/dashboards" / name, text
    for path, schema in SCHEMAS.items():
        yield ROOT / path, json.dumps(schema(), indent=2) + "\n"


def cli_page() -> str:
    """Describe every command with its arguments and options."""
    group = typer.main.get_command(make_app())
    context = typer.Context(group, info_name="slipwatch")
    return "\n".join([CLI_INTRODUCTION, *_commands(group, context)])


def _commands(group: Any, context: Any) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inner = typer.Context(command, info_name=name, parent=context)
        if not hasattr(command, "list_commands"):
            yield _section(command, inner)
            continue
        if command.invoke_without_command:
            yield _section(command, inner)
        yield from _commands(command, inner)


def _section(command: Any, context: Any) -> str:
    usage = " ".join(part.strip("{}") for part in command.collect_usage_pieces(context))
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    rows = [f"| `{_cell(name)}` | {_cell(text)} |" for name, text in filter(None, records)]
    words = " ".join(str(command.help).split())
    return "\n".join(
        [
            f"## {context.command_path.removeprefix('slipwatch ')}",
            "",
            f"`{context.command_path} {usage}`",
            "",
            words,
            "",
            "| Argument or option | Meaning |",
            "| --- | --- |",
            *rows,
            "",
        ]
    )


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


if __name__ == "__main__":
    sys.exit(main())
