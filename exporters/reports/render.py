"""Writes a report as HTML that needs nothing else, or as Markdown without HTML."""

import re
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup

from .model import Picture, Report

_MARKS = re.compile(r"([\\`*_{}\[\]<>!|~&]|:(?=//))")
_BEGINS = re.compile(r"^([-+=#]|\d{1,9}(?=[.)](?:\s|$)))")


def to_html(report: Report, pictures: Sequence[Picture] = (), *, version: str) -> str:
    """Write one page: no scripts, nothing that is loaded from elsewhere, fit for A4."""
    return _template("report.html").render(
        report=report,
        pictures=[(picture.title, Markup(picture.svg)) for picture in pictures],  # noqa: S704  # drawn by us
        version=version,
    )


def to_markdown(report: Report, *, version: str) -> str:
    """Write Markdown; whatever a title holds reads as it was written."""
    text = _template("report.md.j2").render(report=report, version=version)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def in_markdown(text: str) -> str:
    """Escape what Markdown would obey, mentions and bare addresses included."""
    escaped = _MARKS.sub(r"\\\1", text)
    # A joiner that nobody sees keeps @channel from calling anybody.
    escaped = escaped.replace("@", "@\N{WORD JOINER}")
    escaped = re.sub(r"(?i)\bwww\.", lambda found: f"{found[0][:3]}\\.", escaped)
    return _BEGINS.sub(_begin, escaped)


def _begin(found: re.Match[str]) -> str:
    """Keep a text from beginning a list or a heading."""
    mark = found[1]
    return f"\\{mark}" if not mark.isdecimal() else f"{mark}\N{WORD JOINER}"


@cache
def _template(name: str) -> Template:
    html = name.endswith(".html")
    environment = Environment(
        loader=PackageLoader("slipwatch.exporters.reports"),
        autoescape=html,  # noqa: S701  # Markdown has escapes of its own, see in_markdown()
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(md=in_markdown)
    return environment.get_template(name)
