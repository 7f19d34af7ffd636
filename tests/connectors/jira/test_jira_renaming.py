"""A project's key is changed: Jira gives its issues other keys and calls none of them changed."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from slipwatch.aggregator.records import Batch, Presence

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def keys(batches: list[Batch]) -> list[str]:
    return [item.key for batch in batches for item in batch.items]


def begun(site: Any, connect: Any, make_issue: Any, now: datetime) -> Any:
    """Read three old issues, and give the cursor; an hour goes by."""
    site.issues = [make_issue(n, now - DAY * (10 - n)) for n in (1, 2, 3)]
    (*_, last) = connect(site.url).pull("PAY", None)
    site.now = now + HOUR
    site.asked.clear()
    return last.cursor


def test_all_issues_are_read_anew_once_one_shows_another_key(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    cursor = begun(site, connect, make_issue, now)
    site.rename("PAY", "SITE")
    site.touch("SITE-2", now, summary="edited")

    batches = list(connect(site.url).pull("PAY", cursor))

    assert keys(batches) == ["SITE-2", "SITE-1", "SITE-3", "SITE-2"]
    assert {item.scope for batch in batches for item in batch.items} == {"PAY"}
    last = {item.key: item for batch in batches for item in batch.items}
    assert last["SITE-3"].former_keys == ("PAY-3",)
    site.now = now + 2 * HOUR
    site.asked.clear()
    assert keys(list(connect(site.url).pull("PAY", batches[-1].cursor))) == []
    assert "project/PAY" not in site.asked


def test_a_walk_over_all_that_was_broken_off_goes_on_where_it_was(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    site.bulk, site.largest_page = False, 1
    cursor = begun(site, connect, make_issue, now)
    site.rename("PAY", "SITE")
    site.touch("SITE-2", now, summary="edited")

    read: list[list[str]] = []
    for stop in (1, 2, None):
        batches = list(islice(connect(site.url).pull("PAY", cursor), stop))
        cursor = batches[-1].cursor
        read.append(keys(batches))

    assert read == [["SITE-2"], ["SITE-2", "SITE-1"], ["SITE-1", "SITE-3", "SITE-2"]]


def test_an_issue_that_moved_away_while_the_index_was_late_is_no_change_of_the_key(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    cursor = begun(site, connect, make_issue, now)
    site.touch("PAY-2", now, summary="edited")
    moved = site.find("PAY-2")
    moved["key"] = "WEB-7"
    site.moved_lately = {("PAY", moved["id"])}

    assert keys(list(connect(site.url).pull("PAY", cursor))) == ["WEB-7"]
    assert site.asked.count("project/PAY") == 1


def test_a_key_that_was_changed_twice_and_back_is_followed(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    cursor = begun(site, connect, make_issue, now)
    batches: list[Batch] = []
    for nth, key in enumerate(("SITE", "WEB", "SITE"), 1):
        site.now = now + nth * DAY
        site.rename("PAY", key)
        site.touch(f"{key}-1", site.now - HOUR, summary=key)
        batches = list(connect(site.url).pull("PAY", cursor))
        cursor = batches[-1].cursor

    last = {item.key: item for batch in batches for item in batch.items}
    assert last.keys() == {"SITE-1", "SITE-2", "SITE-3"}
    assert last["SITE-3"].former_keys == ("PAY-3", "WEB-3")


def test_former_keys_are_known_also_where_all_is_read_again_for_other_settings(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    cursor = begun(site, connect, make_issue, now)
    site.rename("PAY", "SITE")
    site.touch("SITE-2", now, summary="edited")
    (*_, last) = connect(site.url).pull("PAY", cursor)

    batches = list(connect(site.url, dropped=["Abandoned"]).pull("PAY", last.cursor))

    found = {item.key: item.former_keys for batch in batches for item in batch.items}
    assert found == {f"SITE-{n}": (f"PAY-{n}",) for n in (1, 2, 3)}


def test_an_issue_that_a_listing_left_out_did_not_move_because_the_key_was_changed(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    begun(site, connect, make_issue, now)
    site.rename("PAY", "SITE")
    site.find("SITE-2")["fields"]["project"]["key"] = "SITE"
    moved = site.find("SITE-3")
    moved["key"], moved["fields"]["project"]["key"] = "WEB-7", "WEB"

    asked = {site.find(key)["id"]: key for key in ("SITE-2", "WEB-7")}
    found = list(connect(site.url).locate("PAY", asked))

    assert [(one.item, one.presence, one.moved_to) for one in found] == [
        (moved["id"], Presence.MOVED, "WEB-7")
    ]
