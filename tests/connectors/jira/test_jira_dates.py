"""A Jira that refuses milliseconds in JQL is asked by dates, in the account's time zone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.connector import Skip
from slipwatch.aggregator.records import Batch

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
PUT_BACK = datetime(2025, 10, 26, 1, 0, tzinfo=UTC)
"""When it is 2:00 in Berlin for the second time that night."""


def keys(batches: list[Batch]) -> list[str]:
    return [item.key for batch in batches for item in batch.items]


def bounds(site: Any) -> list[str]:
    """Give what searches named as the first change to list."""
    asked = (re.search(r"updated >= (\S+)", query.get("jql", "")) for query in site.queries)
    return [found[1] for found in asked if found]


@pytest.mark.parametrize(("zone", "page"), [("Europe/Berlin", 4), ("America/St_Johns", 50)])
def test_the_issues_of_a_minute_come_once_each_and_in_order(
    datacenter: Any, connect: Any, make_issue: Any, now: datetime, zone: str, page: int
) -> None:
    datacenter.dates_in = datacenter.profile["timeZone"] = zone
    datacenter.issues = [make_issue(n, now - 4 * MINUTE + 7 * SECOND * n) for n in range(1, 24)]
    datacenter.largest_page = page

    found = keys(list(connect(datacenter.url).pull("PAY", None)))

    assert list(dict.fromkeys(found)) == [f"PAY-{n}" for n in range(1, 24)]
    # Those of the first minute come again when the site is first seen to refuse.
    assert len(found) <= 23 + page


def test_what_changed_since_the_last_pull_is_found(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    site.dates_in = "Europe/Berlin"
    site.issues = [make_issue(n, now - n * MINUTE) for n in range(40, 0, -1)]
    connector = connect(site.url)
    first = list(connector.pull("PAY", None))
    site.touch("PAY-40", now + MINUTE)
    site.now = now + 2 * MINUTE

    second = list(connector.pull("PAY", first[-1].cursor))
    third = list(connector.pull("PAY", second[-1].cursor))

    assert set(keys(first)) == {f"PAY-{n}" for n in range(1, 41)}
    assert "PAY-40" in keys(second)
    assert "PAY-30" not in keys(second)
    assert "PAY-40" in keys(third)  # the index may have been late
    refused = [bound for bound in bounds(site) if bound.isdecimal()]
    assert (len(refused), site.asked.count("myself")) == (1, 1)


def test_the_hour_that_comes_twice_loses_nothing(site: Any, connect: Any, make_issue: Any) -> None:
    site.dates_in = "Europe/Berlin"
    site.largest_page = 4
    site.bulk = False
    site.now = PUT_BACK + 90 * MINUTE
    site.issues = [make_issue(n, PUT_BACK + (20 * n - 70) * MINUTE) for n in range(8)]
    connector = connect(site.url)

    first, *rest = connector.pull("PAY", None)
    again = list(connector.pull("PAY", first.cursor))

    assert {*keys([first, *rest])} == {f"PAY-{n}" for n in range(8)}
    assert {*keys([first, *again])} == {f"PAY-{n}" for n in range(8)}


@pytest.mark.parametrize("profile", [{}, {"timeZone": "Middle-earth/Shire"}], ids=str)
def test_without_a_time_zone_no_date_is_guessed(
    site: Any, connect: Any, make_issue: Any, now: datetime, profile: dict[str, str]
) -> None:
    site.issues = [make_issue(1, now - MINUTE)]
    connector = connect(site.url)
    (first,) = connector.pull("PAY", None)
    site.dates_in, site.profile = "Europe/Berlin", profile

    with pytest.raises(Skip, match="answered 400"):
        list(connector.pull("PAY", first.cursor))
    asked = bounds(site)
    assert asked
    assert all(bound.isdecimal() for bound in asked)


def test_a_project_that_is_refused_is_no_sign_that_milliseconds_are(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    site.issues = [make_issue(1, now - MINUTE)]
    connector = connect(site.url)
    (first,) = connector.pull("PAY", None)
    site.fail(400, {"errorMessages": ["does not exist for the field 'project'"]}, times=2)

    with pytest.raises(Skip, match="answered 400: PAY"):
        list(connector.pull("PAY", first.cursor))
    site.touch("PAY-1", now)

    assert keys(list(connector.pull("PAY", first.cursor))) == ["PAY-1"]
    assert bounds(site)[-1].isdecimal()
