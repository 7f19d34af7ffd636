"""whatif: tables, JSON by its schema, and what is said about what is not meant."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from slipwatch.aggregator.store import open_store

from .running import PATIENCE, Commands, write_config

DAY = "2026-01-05"
SHOP: dict[str, Any] = {
    "timezone": "UTC",
    "assess": {"trials": 100},
    "programs": [
        {
            "id": "shop",
            "projects": [
                {
                    "id": "api",
                    "milestones": [
                        {"id": "beta", "title": "Beta", "duration": "5wd"},
                        {
                            "id": "launch",
                            "title": "Launch \u202e of the API",
                            "duration": "5wd",
                            "commitment": "2026-01-19",
                            "depends_on": [{"milestone": "beta"}],
                        },
                    ],
                },
                {"id": "web", "milestones": [{"id": "launch", "duration": "1wd"}]},
            ],
        }
    ],
}


def test_whatif_shows_what_is_otherwise_before_and_after(
    slipwatch: Commands, tmp_path: Path
) -> None:
    write_config(tmp_path, SHOP)

    done = slipwatch("whatif", "--as-of", DAY, "--slip", "beta=3wd")

    assert done.code == 0
    assert "What if shop/api/beta slips by 3wd of its own" in done.out
    assert "green → red" in done.out
    assert "2026-01-16 → 2026-01-21 (+3)" in done.out
    assert "100 % → 0 %" in done.out
    assert "shop/web/launch" not in done.out
    assert "2 milestones differ: 2 later, 0 earlier at P50." in done.out
    assert "\u202e" not in done.out


def test_whatif_takes_any_number_of_changes_and_its_json_is_what_its_schema_says(
    slipwatch: Commands, tmp_path: Path
) -> None:
    write_config(tmp_path, SHOP)

    done = slipwatch(
        *("whatif", "--as-of", DAY, "--format", "json", "--slip", "beta=3wd", "--slip", "beta=-1"),
        *("--drop", "beta..api/launch", "--commit", "api/launch=2026-01-08"),
        *("--close", "default=2026-01-07", "--pace", "web=0.5"),
    )

    answer = json.loads(done.out)
    held_to(answer, "whatif")
    assert [one["kind"] for one in answer["changes"]] == [
        "slip",
        "slip",
        "pace",
        "drop",
        "commit",
        "close",
    ]
    found = {one["id"]: one for one in answer["milestones"]}
    assert found["shop/api/beta"]["p50_days"] == 3
    assert found["shop/api/launch"]["after"]["p50"] == "2026-01-12"
    assert found["shop/api/launch"]["after"]["commitment"] == "2026-01-08"
    assert found["shop/api/launch"]["p_on_time"] == -1.0


def test_a_change_without_effect_is_said_to_have_none(slipwatch: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, SHOP)

    done = slipwatch("whatif", "--as-of", DAY, "--pace", "web=2")

    assert done.code == 0
    assert "No milestone is any other than before." in done.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "say what is otherwise, such as --slip MILESTONE=10wd"),
        (("--slip", "bata=3wd"), "there is no milestone bata; did you mean shop/api/beta?"),
        (("--slip", "launch=3wd"), "launch is not clear; it could be shop/api/launch, shop/web/"),
        (("--pace", "ape=2"), "there is no stream ape; did you mean shop/api?"),
        (("--drop", "web/launch..beta"), "shop/api/beta does not wait for shop/web/launch"),
    ],
    ids=["nothing", "mistyped", "unclear", "stream", "dependency"],
)
def test_what_is_not_meant_makes_it_2(
    slipwatch: Commands, tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    write_config(tmp_path, SHOP)

    done = slipwatch("whatif", *arguments)

    assert (done.code, done.out) == (2, "")
    assert complaint in done.err


def test_levers_are_listed_by_what_they_cost(slipwatch: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, SHOP)
    late = ("levers", "api/launch", "--as-of", "2026-01-08")

    table = slipwatch(*late)
    found = json.loads(slipwatch(*late, "--format", "json").out)
    green = slipwatch("levers", "api/launch", "--as-of", DAY)

    assert table.code == green.code == 0
    assert "is red, 0 % by 2026-01-19" in table.out
    assert "shop/api/beta is pulled forward by 2wd of its own" in table.out
    assert "shop/api/launch waits for shop/api/beta no more" in table.out
    assert "\u202e" not in table.out
    held_to(found, "levers")
    costs = [lever["cost"] for lever in found["turns"][0]["levers"]]
    assert costs == sorted(costs)
    assert "No lever was looked for: it is green already." in green.out


def test_a_promise_is_a_day_and_how_sure_it_is(slipwatch: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, SHOP)
    asked = ("promise", "api/launch", "--as-of", DAY)

    text = slipwatch(*asked, "--confidence", "0.9")
    found = json.loads(slipwatch(*asked, "--format", "json").out)
    surer = slipwatch(*asked, "--confidence", "0.975")
    senseless = slipwatch(*asked, "--confidence", "85")

    assert text.out == (
        "shop/api/launch: 2026-01-16 with 90 %.\nIt is committed to 2026-01-19, 100 %.\n"
    )
    assert surer.out.splitlines()[0] == "shop/api/launch: 2026-01-16 with 97.5 %."
    held_to(found, "promise")
    assert (found["day"], found["confidence"]) == ("2026-01-16", 0.85)
    assert (senseless.code, senseless.out) == (2, "")
    assert "write a share such as 0.85" in senseless.err


def test_a_forecast_after_a_change_loads_no_rules_templates_or_migrations(tmp_path: Path) -> None:
    write_config(tmp_path, SHOP)
    open_store(f"sqlite:///{tmp_path / 'slipwatch.db'}").close()
    code = (
        "import sys; from slipwatch.daemon import cli\n"
        "for line in sys.argv[1:]:\n"
        "    sys.argv = ['slipwatch', *line.split()]\n"
        "    try: cli.main()\n"
        "    except SystemExit as end: assert not end.code\n"
        "heavy = {'alembic', 'mako', 'jinja2', 'rustworkx', 'holidays', 'requests',\n"
        "    'sqlalchemy.dialects.postgresql', 'slipwatch.rules.engine', 'slipwatch.rules.table'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    lines = (
        f"whatif --slip beta=3wd --as-of {DAY}",
        "levers api/launch --as-of 2026-01-08",
        f"promise api/launch --as-of {DAY}",
    )

    done = subprocess.run(
        [sys.executable, "-c", code, *lines],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert "beta slips by 3wd" in done.stdout


def held_to(found: Any, schema: str) -> None:
    path = Path(__file__).parents[2] / f"aggregator/whatif/{schema}.schema.json"
    jsonschema.Draft202012Validator(json.loads(path.read_text())).validate(found)
