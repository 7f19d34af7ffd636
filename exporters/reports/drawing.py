"""Draws charts as SVG, in a process of its own: what a plotting library takes ends with it.

``python -m slipwatch.exporters.reports.drawing`` reads sheets as JSON from its input and writes
the pictures to its output. The same sheet gives the same bytes.
"""

import re
import sys
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any, Final
from xml.etree import ElementTree as ET

import msgspec

INK, SOFT, LINE, PAPER = "#1c2430", "#57606a", "#d3d9e0", "#fffffe"
VARIABLES: Final = {
    INK: "var(--ink)",
    SOFT: "var(--soft)",
    LINE: "var(--line)",
    PAPER: "var(--paper)",
    "#1a7f37": "var(--green)",
    "#9a6700": "var(--amber)",
    "#b42318": "var(--red)",
    "#57606b": "var(--grey)",
    "#0b5cad": "var(--s1)",
    "#8a3ffc": "var(--s2)",
    "#00695c": "var(--s3)",
    "#b3470f": "var(--s4)",
    "#9c1f63": "var(--s5)",
}
"""What a page colours by names, so that it may be dark."""

STATUS: Final = {"green": "#1a7f37", "amber": "#9a6700", "red": "#b42318", "grey": "#57606b"}
SERIES: Final = ("#0b5cad", "#8a3ffc", "#00695c", "#b3470f", "#9c1f63")
MARKS: Final = ("o", "s", "^", "D", "v")
WIDTH: Final = 7.2
"""Inches: what fits between the margins of A4."""

_SVG: Final = "{http://www.w3.org/2000/svg}"
_XLINK: Final = "{http://www.w3.org/1999/xlink}href"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One milestone over time."""

    title: str
    points: tuple[tuple[date, date], ...]
    """The day of an assessment, and the day that it forecast."""
    commitment: date | None = None


class TrendSheet(msgspec.Struct, frozen=True, kw_only=True, tag="trend"):
    """Milestone trend: forecast dates over time. A date that holds is a level line."""

    title: str
    description: str
    today: date
    lines: tuple[Line, ...]


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One commitment and what is forecast of it."""

    title: str
    status: str
    commitment: date
    p50: date | None = None
    p85: date | None = None
    p95: date | None = None


class OutlookSheet(msgspec.Struct, frozen=True, kw_only=True, tag="outlook"):
    """Commitments against their forecasts."""

    title: str
    description: str
    today: date
    bars: tuple[Bar, ...]


class MoneySheet(msgspec.Struct, frozen=True, kw_only=True, tag="money"):
    """What was planned, earned and spent over time: the S-curves of earned value."""

    title: str
    description: str
    today: date
    currency: str
    budget: float | None
    planned: tuple[tuple[date, float], ...]
    earned: tuple[tuple[date, float], ...]
    spent: tuple[tuple[date, float], ...]


class BenefitCurve(msgspec.Struct, frozen=True, kw_only=True):
    """One benefit over time: days, and shares of the whole change."""

    title: str
    planned: tuple[tuple[date, float], ...]
    shifted: tuple[tuple[date, float], ...] = ()
    """As late as what enables it makes it."""
    readings: tuple[tuple[date, float], ...] = ()


class BenefitSheet(msgspec.Struct, frozen=True, kw_only=True, tag="benefits"):
    """Change that was due, and change that came."""

    title: str
    description: str
    today: date
    curves: tuple[BenefitCurve, ...]


Sheet = TrendSheet | OutlookSheet | MoneySheet | BenefitSheet


def draw(sheet: Sheet) -> str:
    """Draw one sheet."""
    height = 0.6 + 0.27 * len(sheet.bars) if isinstance(sheet, OutlookSheet) else 2.6
    if isinstance(sheet, BenefitSheet):
        height = 1.6

    def paint(axes: Any) -> None:
        match sheet:
            case TrendSheet():
                _trend(axes, sheet)
            case OutlookSheet():
                _outlook(axes, sheet)
            case MoneySheet():
                _money(axes, sheet)
            case BenefitSheet():
                _benefits(axes, sheet)

    name = str(type(sheet).__struct_config__.tag)
    return drawn(paint, name=name, title=sheet.title, description=sheet.description, height=height)


def drawn(
    paint: Callable[[Any], None], *, name: str, title: str, description: str, height: float
) -> str:
    """Give what ``paint`` does to a pair of axes, ``height`` inches high, as SVG for a page.

    ``name`` sets it apart from other drawings on the page.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "slipwatch",
        "text.parse_math": False,
        "font.size": 8,
        "text.color": INK,
        "axes.edgecolor": LINE,
        "axes.labelcolor": SOFT,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.formatter.use_locale": False,
        "timezone": "UTC",
    }
    # An installation's own style must not change what a report looks like.
    with mpl.rc_context(), warnings.catch_warnings():
        # Letters that the measuring font lacks are drawn by the reader's own.
        warnings.simplefilter("ignore")
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        paint(figure.add_subplot())
        out = BytesIO()
        empty = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(out, format="svg", transparent=True, metadata=empty)
    return _tidy(out.getvalue(), name, title, description)


def _trend(axes: Any, sheet: TrendSheet) -> None:
    first = min(day for line in sheet.lines for day, _ in line.points)
    days = [day for line in sheet.lines for _, day in line.points]
    days += [line.commitment for line in sheet.lines if line.commitment is not None]
    span = max((sheet.today - first).days, 7)
    right = sheet.today + timedelta(days=max(2, span // 3))
    for number, line in enumerate(sheet.lines):
        colour, mark = SERIES[number % len(SERIES)], MARKS[number % len(MARKS)]
        seen, forecast = zip(*line.points, strict=True)
        every = max(1, len(seen) // 8)
        axes.plot(seen, forecast, color=colour, marker=mark, markersize=3.5, markevery=every)
        if line.commitment is not None:
            axes.plot(
                [first, sheet.today],
                [line.commitment] * 2,
                color=colour,
                linewidth=0.8,
                linestyle=(0, (4, 3)),
            )
    low, high = min(days), max(days)
    room = max(timedelta(days=4), (high - low) * 0.12)
    axes.set_xlim(first - timedelta(days=1), right)
    axes.set_ylim(low - room, high + room)
    axes.axvline(sheet.today, color=SOFT, linewidth=0.8)
    axes.annotate(
        "today",
        (sheet.today, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-3, -2),
        textcoords="offset points",
        color=SOFT,
        fontsize=7,
        ha="right",
        va="top",
    )
    # Where the day of the report meets the day that is forecast, the work is done.
    axes.plot([first, right], [first, right], color=LINE, linewidth=0.8, scalex=False, scaley=False)
    _name_lines(axes, sheet, right)
    axes.grid(axis="y", color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_xlabel("as of")
    axes.set_ylabel("done by (P85)")
    _date_ticks(axes.xaxis, 7)
    _date_ticks(axes.yaxis, 6)


def _name_lines(axes: Any, sheet: TrendSheet, right: date) -> None:
    """Write the names beside the ends of their lines, apart from one another."""
    bottom, top = axes.get_ylim()
    gap = (top - bottom) / 13
    from matplotlib.dates import date2num

    ends = sorted((date2num(line.points[-1][1]), n) for n, line in enumerate(sheet.lines))
    place = bottom
    for end, number in ends:
        place = max(float(end), place + gap)
        axes.annotate(
            sheet.lines[number].title,
            (sheet.today, place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
            color=SERIES[number % len(SERIES)],
            annotation_clip=False,
        )


def _outlook(axes: Any, sheet: OutlookSheet) -> None:
    from matplotlib.dates import date2num

    days = [sheet.today]
    for row, bar in enumerate(sheet.bars):
        colour = STATUS.get(bar.status, SOFT)
        days += [day for day in (bar.commitment, bar.p50, bar.p85, bar.p95) if day is not None]
        for first, last, height, alpha in (
            (bar.p50, bar.p85, 0.42, 1.0),
            (bar.p85, bar.p95, 0.42, 0.4),
        ):
            if first is not None and last is not None:
                left, width = date2num(first), max((last - first).days, 0.4)
                axes.barh(row, width, left=left, height=height, color=colour, alpha=alpha)
        axes.plot([bar.commitment] * 2, [row - 0.36, row + 0.36], color=INK, linewidth=2)
    room = max(timedelta(days=2), (max(days) - min(days)) * 0.03)
    axes.set_xlim(min(days) - room / 3, max(days) + room)
    axes.axvline(sheet.today, color=SOFT, linewidth=0.8)
    axes.set_ylim(len(sheet.bars) - 0.5, -0.5)
    axes.set_yticks(range(len(sheet.bars)), [bar.title for bar in sheet.bars])
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.grid(axis="x", color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)
    _date_ticks(axes.xaxis, 8)


def _money(axes: Any, sheet: MoneySheet) -> None:
    lines = (
        ("planned", sheet.planned, STATUS["grey"], (0, (4, 3))),
        ("earned", sheet.earned, STATUS["green"], "solid"),
        ("spent", sheet.spent, STATUS["red"], "solid"),
    )
    for name, points, colour, style in lines:
        if points:
            days, amounts = zip(*points, strict=True)
            axes.plot(days, amounts, color=colour, linestyle=style, label=name)
    if sheet.budget is not None:
        axes.axhline(sheet.budget, color=SOFT, linewidth=0.8, label="budget")
    axes.axvline(sheet.today, color=SOFT, linewidth=0.8)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(sheet.currency)
    axes.yaxis.set_major_formatter(_amount)
    axes.grid(axis="y", color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, loc="upper left", fontsize=7, labelcolor=INK)
    _date_ticks(axes.xaxis, 8)


def _benefits(axes: Any, sheet: BenefitSheet) -> None:
    for number, curve in enumerate(sheet.curves):
        colour, mark = SERIES[number % len(SERIES)], MARKS[number % len(MARKS)]
        for points, dashes, width in (
            (curve.planned, (0, (4, 3)), 1.0),
            (curve.shifted, (0, (1, 2)), 1.0),
        ):
            if points:
                axes.plot(*zip(*points, strict=True), color=colour, linestyle=dashes, lw=width)
        if curve.readings:
            seen, shares = zip(*curve.readings, strict=True)
            axes.plot(seen, shares, color=colour, marker=mark, markersize=3.5, label=curve.title)
        else:
            axes.plot([], [], color=colour, linestyle=(0, (4, 3)), label=curve.title)
    axes.axvline(sheet.today, color=SOFT, linewidth=0.8)
    axes.axhline(1.0, color=LINE, linewidth=0.8)
    axes.yaxis.set_major_formatter(_share)
    axes.set_ylabel("of the change")
    axes.grid(axis="y", color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, fontsize=7, loc="upper left")
    _date_ticks(axes.xaxis, 7)


def _amount(value: float, _place: int | None) -> str:
    return f"{value:,.0f}"


def _share(value: float, _place: int | None) -> str:
    return f"{value * 100:.0f} %"


def _date_ticks(axis: Any, most: int) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter

    locator = AutoDateLocator(minticks=2, maxticks=most, interval_multiples=False)
    # Hours would mean nothing here.
    locator.intervald[4] = [24]
    axis.set_major_locator(locator)
    axis.set_major_formatter(DateFormatter("%Y-%m-%d"))


def _tidy(drawing: bytes, name: str, title: str, description: str) -> str:
    """Fit a drawing into a page: its colours and letters, words for those who do not see it."""
    root = ET.fromstring(drawing)  # noqa: S314  # we have drawn it
    for parent in [*root.iter()]:
        for child in [*parent]:
            if child.tag in {f"{_SVG}metadata", f"{_SVG}style"}:
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        for key, value in [*element.attrib.items()]:
            element.set(key, _adapted(value, name))
        if "id" in element.attrib:
            element.set("id", f"{name}-{element.attrib['id']}")
        if _XLINK in element.attrib:
            element.set("href", f"#{name}-{element.attrib.pop(_XLINK).lstrip('#')}")
    titled, described = (
        ET.Element("title", id=f"{name}-title"),
        ET.Element("desc", id=f"{name}-desc"),
    )
    titled.text, described.text = title, description
    root[:0] = [titled, described]
    box = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib.update(
        {
            "viewBox": box,
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-desc",
            "xmlns": _SVG.strip("{}"),
        }
    )
    return ET.tostring(root, encoding="unicode")


def _adapted(value: str, name: str) -> str:
    value = re.sub(r"url\(#", f"url(#{name}-", value)
    # The family is the page's.
    value = re.sub(r"font-family: [^;]*;? ?", "", value)
    for colour, variable in VARIABLES.items():
        value = value.replace(colour, variable)
    return value


def main() -> None:
    """Draw what stands at the input."""
    sheets = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Sheet])
    sys.stdout.buffer.write(msgspec.json.encode([draw(sheet) for sheet in sheets]))


if __name__ == "__main__":
    main()
