"""Figures that a page repeats are those of the page that a measurement wrote."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
SETS = {"DuraSpace": "duraspace", "Titanium": "tidev"}


def rows(lines: list[str]) -> list[list[str]]:
    """Give the cells of a table, each row with the checkpoint that stands once for several."""
    found: list[list[str]] = []
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "" and found:
            cells[0] = found[-1][0]
        found.append(cells)
    return found


def measured(name: str) -> dict[tuple[str, str], list[str]]:
    """Give what the test part of a set says: P85 held, P50 off and CRPS, by day and forecast."""
    page = (DOCS / "forecast-quality.md").read_text()
    part = page.partition("## The test part")[2].partition("## The train part")[0]
    section = part.partition(f"### {name}\n")[2].partition("###")[0]
    table = [line for line in section.splitlines() if re.match(r"\| *(\d+ %)? *\|", line)]
    return {
        (at, forecast.strip("*")): [held, off, crps]
        for at, forecast, _, _, held, _, _, off, crps in rows(table)
    }


def share(cell: str) -> str:
    return f"{int(cell.partition('%')[0]) / 100:.2f}"


def test_the_page_of_forecasts_shows_what_was_measured_last() -> None:
    page = (DOCS / "forecast.md").read_text().partition("## How good it is")[2]
    table = [line for line in page.partition("## ")[0].splitlines() if "%" in line and "|" in line]
    assert len(table) == 3 * len(SETS)
    for first, at, *told in rows(table):
        name = SETS[first.partition(",")[0]]
        known = measured(name)
        expected = [
            value
            for forecast in ("slipwatch", "plain bootstrap")
            for held, off, crps in [known[at, forecast]]
            for value in (share(held), share(off), crps.partition(" ")[0])
        ]

        assert told == expected, (first, at)
