"""``slipwatch dashboards``: files that Grafana reads."""

import json

from .running import Commands


def test_the_dashboards_are_written_where_they_are_wanted(slipwatch: Commands) -> None:
    folder = slipwatch.folder / "grafana" / "dashboards"

    first = slipwatch("dashboards", str(folder))
    again = slipwatch("dashboards", str(folder))

    assert (first.code, first.err) == (0, "")
    assert first.out == again.out
    written = sorted(folder.iterdir())
    assert first.out.splitlines() == [str(path) for path in written]
    titles = [json.loads(path.read_text())["title"] for path in written]
    assert titles == [
        "Slipwatch / Dependencies",
        "Slipwatch / Milestone",
        "Slipwatch / Portfolio",
        "Slipwatch / Program",
        "Slipwatch / Project",
        "Slipwatch / Self-monitoring",
    ]
