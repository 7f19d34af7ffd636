"""Whatever somebody calls an issue, a report shows it and obeys none of it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from slipwatch.exporters.reports.charts import sheets_of
from slipwatch.exporters.reports.compose import compose
from slipwatch.exporters.reports.drawing import BenefitSheet, OutlookSheet, TrendSheet, draw
from slipwatch.exporters.reports.model import Material, Picture
from slipwatch.exporters.reports.printing import to_pdf
from slipwatch.exporters.reports.render import in_markdown, to_html, to_markdown
from tests.exporters.hostile import TITLES

SVG = "{http://www.w3.org/2000/svg}"
Hostile = Callable[[str], Material]


@dataclass
class _Seen(HTMLParser):
    """What a browser would make of a page."""

    tags: set[str] = field(default_factory=set[str])
    attributes: set[str] = field(default_factory=set[str])
    links: set[str] = field(default_factory=set[str])
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src")}

    def handle_data(self, data: str) -> None:
        self.text += data


def _seen(page: str) -> _Seen:
    seen = _Seen()
    seen.feed(page)
    return seen


def test_html_shows_a_title_and_obeys_nothing(hostile: Hostile, title: str) -> None:
    page = to_html(compose(hostile(title)), version="0.1.0")

    seen = _seen(page)
    assert not seen.tags & {"script", "img", "svg", "iframe", "form"}
    assert not {name for name in seen.attributes if name.startswith("on")}
    assert seen.links == {"data:,", "https://github.com/acme/web/milestone/3"}
    assert "".join(page.splitlines()).isprintable()
    page.encode()


def test_markdown_reads_as_it_was_written(hostile: Hostile, title: str) -> None:
    text = to_markdown(compose(hostile(title)), version="0.1.0")
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)

    seen = _seen(page)
    assert seen.tags <= {
        "h1", "h2", "p", "ul", "li", "strong", "a",
        "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert seen.links == {"https://github.com/acme/web/milestone/3"}
    # What GitHub, GitLab and chats make of bare text: mentions, and links of addresses.
    assert not re.search(r"@\w", text)
    assert not re.search(r"(?<!<https)(?<!\\)://|(?i:www)\.\w", text)
    assert text.replace("\n", "").replace("\u2060", "").isprintable()
    # Columns stay columns.
    tables = re.findall(r"<table>(.*?)</table>", page, re.DOTALL)
    for table in tables:
        rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        assert len({row.count("</t") for row in rows}) == 1
    assert tables
    shown = " ".join(seen.text.replace("\u2060", "").split())
    assert " ".join(title.split())[:12] in shown or not title.isprintable()


def drawn_name(material: Material) -> str:
    """Tell what a chart calls a milestone."""
    outlook = sheets_of(material)[0]
    assert isinstance(outlook, OutlookSheet)
    return outlook.bars[0].title


def test_charts_show_titles_and_obey_nothing(hostile: Hostile) -> None:
    names = [drawn_name(hostile(title)) for title in TITLES.values()]
    outlook, trend, _, benefits = sheets_of(hostile("Launch"))
    assert isinstance(outlook, OutlookSheet)
    assert isinstance(trend, TrendSheet)
    assert isinstance(benefits, BenefitSheet)
    bars = tuple(replace(outlook.bars[0], title=name) for name in names)
    lines = tuple(replace(trend.lines[0], title=name) for name in names)
    curves = tuple(replace(benefits.curves[0], title=name) for name in names)

    for sheet in (
        replace(outlook, bars=bars),
        replace(trend, lines=lines),
        replace(benefits, curves=curves),
    ):
        root = ET.fromstring(draw(sheet))
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags == {
            "svg", "title", "desc", "defs", "g", "path", "use", "text", "clipPath", "rect",
        }  # fmt: skip
        attributes = [pair for element in root.iter() for pair in element.attrib.items()]
        assert not [name for name, _ in attributes if name.startswith("on")]
        assert all(value.startswith("#") for name, value in attributes if "href" in name)
        shown = [text for element in root.iter(f"{SVG}text") for text in element.itertext()]
        assert all(text.isprintable() for text in shown)
        # A formula between dollars is no mathematics here.
        assert set(names) <= set(shown)


def test_a_browser_opens_a_report_and_prints_it_to_a_few_pages(
    hostile: Hostile, browse: Callable[..., bytes], drawn: Sequence[Picture], tmp_path: Path
) -> None:
    material = hostile(TITLES["html"])
    html = to_html(compose(material), drawn, version="0.1.0")
    page = tmp_path / "report.html"
    page.write_text(html)

    # A script that the page's policy stops is complained about at the console.
    assert "<title>red · &lt;/td&gt;" in browse("--dump-dom", page.as_uri()).decode()
    printed = to_pdf(html, at=material.assessment.generated_at)
    # Nothing in it tells when it was printed: the same page is the same file.
    assert set(re.findall(rb"\(D:(\d{14})", printed)) == {b"20261123083000"}
    assert printed.startswith(b"%PDF-")
    assert 1 <= len(re.findall(rb"/Type /Page\b", printed)) <= 4


@pytest.mark.parametrize("number", ["2.085 percent", "1.5", "0.90"])
def test_a_number_is_written_as_it_is(number: str) -> None:
    assert in_markdown(number) == number


@pytest.mark.parametrize("title", ["1. First", "2)", "3.", "4) last"])
def test_what_would_begin_a_list_does_not(title: str) -> None:
    assert in_markdown(title) != title
