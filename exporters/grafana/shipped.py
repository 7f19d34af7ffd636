"""The dashboards that ship with slipwatch, as files that Grafana reads."""

from collections.abc import Iterator
from importlib.resources import files

_FOLDER = files("slipwatch.exporters.grafana") / "dashboards"


def dashboards() -> Iterator[tuple[str, str]]:
    """Give the name and the text of each file."""
    for entry in sorted(_FOLDER.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".json"):
            yield entry.name, entry.read_text(encoding="utf-8")
