"""Whatever trackers call things, the first file can be loaded and means what they call them."""

import io
import tempfile
import unicodedata
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from slipwatch.aggregator.connector import FoundMilestone, FoundScope, Site
from slipwatch.aggregator.records import Batch, Category, Item, Level, Link, LinkKind, MilestoneKind
from slipwatch.aggregator.store.text import storable
from slipwatch.connectors.table import kinds
from slipwatch.daemon.onboarding.agreeing import Wishes, agree
from slipwatch.daemon.onboarding.asking import Terminal
from slipwatch.daemon.onboarding.findings import Source
from slipwatch.daemon.onboarding.writing import render
from slipwatch.daemon.settings import read_settings

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
EVIL = [
    "2.0", "true", "null", "~", "yes", "=", "<<", "1e3", "0x1F", "2026-01-05", "12:30:45", "",
    " leading and trailing ", "a: b", "a #b", "# no comment", "- item", "{{ x }}", "{a: b}", "[x]",
    "'", '"', "\\", "it's", 'say "x"', "*alias", "&anchor", "!tag", "%directive", "@at", "`tick",
    "line\nbreak", "\r\n", "tab\there", "\x00", "\x1b[31m", "\x85", "\u2028", "\ufeff", "\ufffe",
    "\ud800", "\U0001f600", "\u202egnp.exe", "---", "...", "? x", "| x", "> x", ",", "x,y",
    "x" * 5000,
    "a:1", "http://x", "no", "on", ".inf", "0o7", "1_000", "Läuft → グローバル",
]  # fmt: skip
TITLES = st.one_of(
    st.sampled_from(EVIL),
    st.text(st.characters(codec=None, exclude_categories=()), max_size=40),
    st.text("#:-{}[]'\"\\,&*!|>%@` \n\t\u2028ab1", max_size=20),
)


def item(key: str, milestone: str, kind: Level = Level.WORK) -> Item:
    return Item(
        id=key,
        key=key,
        scope="",
        level=kind,
        title="",
        url="",
        type="",
        status="",
        category=Category.TODO,
        created_at=NOW,
        updated_at=NOW,
        milestones=(milestone,),
    )


def source(project: str, names: list[str], product: str) -> Source:
    """Make a Jira with two projects whose milestones wait for one another."""
    guide = kinds()["jira"].settings.guide
    assert guide is not None
    milestones = tuple(
        FoundMilestone(
            id=str(number),
            name=name,
            kind=MilestoneKind.VERSION,
            due_date=NOW.date() + timedelta(days=number),
        )
        for number, name in enumerate(names)
    )
    link = Link(owner="W-1", kind=LinkKind.BLOCKS, upstream=f"P-1{product}", downstream="W-1")
    return Source(
        name="jira",
        kind="jira",
        guide=guide,
        site=Site(product=product, account=product),
        settings={"url": "https://acme.atlassian.net", "auth": {"token": {"env": "JIRA_TOKEN"}}},
        scopes=(
            FoundScope(scope="PAY", title=project, milestones=milestones),
            FoundScope(scope="WEB", title=project, milestones=milestones),
        ),
        samples={
            "PAY": Batch(cursor={}, items=(item(f"P-1{product}", "0"),)),
            "WEB": Batch(cursor={}, items=(item("W-1", "0"),), links=(link,)),
        },
    )


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(project=TITLES, names=st.lists(TITLES, min_size=1, max_size=6), product=TITLES)
def test_any_title_gives_a_file_that_loads(project: str, names: list[str], product: str) -> None:
    check(project, names, product)


@pytest.mark.parametrize("title", EVIL[::6], ids=ascii)
def test_titles_that_mean_something_else_in_yaml_come_back(title: str) -> None:
    check(title, [title, *EVIL], title)


def check(project: str, names: list[str], product: str) -> None:
    """Write a file, load it with and without its proposals, and compare the titles."""
    terminal = Terminal(Console(file=io.StringIO()), talks=False)
    wishes = Wishes(program=project or None, timezone="Europe/Berlin")
    text = render(agree(terminal, [source(project, names, product)], wishes, NOW))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "slipwatch.yaml"
        path.write_text(text, encoding="utf-8")
        loaded = read_settings(path)
        path.write_text(text.replace("# depends_on:", "depends_on:").replace("#   - {", "    - {"))
        read_settings(path)

    (program,) = loaded.programs
    distinct = {name.casefold(): name for name in reversed(names) if name}
    for part in program.projects:
        assert part.title == storable(project)
        versions = {selector.version for one in part.milestones for selector in one.from_}
        assert versions == {storable(name) for name in distinct.values()}
        assert {one.title for one in part.milestones} == versions
        assert {one.commitment for one in part.milestones} <= {
            NOW.date() + timedelta(days=number) for number in range(len(names))
        }
    assert all(line.isprintable() for line in text.split("\n") if line.lstrip().startswith("#"))
    unseen = {character for character in text if unicodedata.category(character) == "Cf"}
    assert not unseen, "a reader of the file would see something else than what it says"


def test_what_is_listed_is_never_a_day_that_passed() -> None:
    made = source("Payments", ["2.0"], "x")
    terminal = Terminal(Console(file=io.StringIO()), talks=False)

    plan = agree(terminal, [made], Wishes(timezone="UTC"), NOW + timedelta(days=30))

    listed = [one for each in plan.programs for p in each.projects for one in p.milestones]
    assert [(one.id, one.commitment) for one in listed] == [("2.0", None)]
    assert listed[0].waits[0].upstream == "payments/2.0"
    assert plan.made == date(2026, 12, 25)
