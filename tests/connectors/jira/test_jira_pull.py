"""Pulling projects: nothing is skipped, nothing is asked for twice, any stop is survived."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.connector import Retry
from slipwatch.aggregator.records import Batch, Category, ChangedField, LinkOrigin

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def keys(batches: list[Batch]) -> list[str]:
    return [item.key for batch in batches for item in batch.items]


def titles(batches: list[Batch]) -> dict[str, str]:
    """The last title seen of each item, as a store would hold it."""
    return {item.key: item.title for batch in batches for item in batch.items}


def test_all_issues_and_versions_come_in_the_order_they_changed(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    site.issues = [make_issue(n, now - DAY * (10 - n)) for n in (3, 1, 2)]
    site.versions["PAY"] = [
        {
            "id": "7",
            "name": "2.0",
            "startDate": "2026-01-01",
            "releaseDate": "2026-02-01",
            "released": True,
            "archived": False,
        }
    ]

    batches = list(connect(site.url).pull("PAY", None))

    assert keys(batches) == ["PAY-1", "PAY-2", "PAY-3"]
    (version,) = batches[0].milestones
    assert (version.id, version.scope, version.name) == ("7", "PAY", "2.0")
    assert version.url == f"{site.url}/projects/PAY/versions/7"
    assert str(version.due_date) == str(version.closed_on) == "2026-02-01"
    assert version.closed


def test_pages_are_as_long_as_the_site_says(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    site.issues = [make_issue(n, now - DAY + n * MINUTE) for n in range(1, 24)]
    site.largest_page = 5
    site.bulk = False

    batches = list(connect(site.url).pull("PAY", None))

    assert keys(batches) == [f"PAY-{n}" for n in range(1, 24)]
    assert all(len(batch.items) <= 5 for batch in batches)


def test_a_datacenter_says_how_much_there_is_to_come(
    datacenter: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    datacenter.issues = [make_issue(n, now - DAY + n * MINUTE) for n in range(1, 12)]
    datacenter.largest_page = 5

    assert {batch.total for batch in connect(datacenter.url).pull("PAY", None)} == {11}


def test_a_datacenter_that_says_no_total_is_read_to_the_end(
    datacenter: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    bulk = [make_issue(n, now - DAY) for n in range(1, 9)]
    datacenter.issues = [*bulk, *(make_issue(n, now - DAY + n * MINUTE) for n in range(9, 14))]
    datacenter.largest_page = 3
    datacenter.says_total = False

    batches = list(connect(datacenter.url).pull("PAY", None))

    assert keys(batches) == [f"PAY-{n}" for n in range(1, 14)]


@pytest.mark.parametrize("page", [1, 2, 3, 7])
def test_bulk_edited_issues_of_one_millisecond_come_once_each(
    site: Any, connect: Any, make_issue: Any, now: datetime, page: int
) -> None:
    before = [make_issue(n, now - 2 * DAY) for n in range(1, 3)]
    bulk = [make_issue(n, now - DAY) for n in range(3, 20)]
    site.issues = [*before, *bulk, make_issue(20, now - MINUTE)]
    site.largest_page = page

    assert keys(list(connect(site.url).pull("PAY", None))) == [f"PAY-{n}" for n in range(1, 21)]


@pytest.mark.parametrize("same_time", [False, True], ids=["spread", "bulk"])
def test_what_changes_during_the_walk_is_not_skipped_and_skips_nothing(
    site: Any, connect: Any, make_issue: Any, now: datetime, *, same_time: bool
) -> None:
    site.issues = [
        make_issue(n, now - DAY + (0 if same_time else n) * MINUTE) for n in range(1, 31)
    ]
    site.largest_page = 4

    def change(search: int) -> None:
        # Already read, about to be read, and far ahead.
        for number in (search, search + 8, 30 - search):
            if search <= 6 and 1 <= number <= 30:
                site.touch(f"PAY-{number}", now + search * MINUTE, summary=f"edit {search}")

    site.before_search = change
    batches = list(connect(site.url).pull("PAY", None))

    assert titles(batches) == {each["key"]: each["fields"]["summary"] for each in site.issues}


def test_the_far_end_of_a_large_datacenter_is_reached_without_far_offsets(
    datacenter: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    datacenter.issues = [make_issue(n, now - DAY + n * MINUTE) for n in range(1, 116)]
    datacenter.largest_page = 10
    datacenter.window = 50

    batches = list(connect(datacenter.url).pull("PAY", None))

    assert keys(batches) == [f"PAY-{n}" for n in range(1, 116)]
    assert max(int(query.get("startAt", 0)) for query in datacenter.queries) == 0


def test_a_pull_may_stop_after_any_batch_and_go_on_from_its_cursor(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    spread = [make_issue(n, now - DAY + n * MINUTE) for n in range(1, 12)]
    site.issues = [*spread, *(make_issue(n, now - MINUTE) for n in range(12, 20))]
    site.largest_page = 3
    site.bulk = False
    whole = list(connect(site.url).pull("PAY", None))
    everything = {f"PAY-{n}" for n in range(1, 20)}
    assert len(whole) > 5

    for stopped in range(len(whole)):
        cursor = json.loads(json.dumps(whole[stopped].cursor))
        rest = list(connect(site.url).pull("PAY", cursor))
        assert set(keys(whole[: stopped + 1])) | set(keys(rest)) == everything


def test_a_failure_in_the_middle_keeps_the_pages_before_it(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    site.issues = [make_issue(n, now - DAY + n * MINUTE) for n in range(1, 8)]
    site.largest_page = 3
    site.fail(503, after=1)
    stored: list[Batch] = []

    def store_all() -> None:
        stored.extend(connect(site.url).pull("PAY", None))

    with pytest.raises(Retry):
        store_all()
    assert keys(stored) == ["PAY-1", "PAY-2", "PAY-3"]

    site.faults = []
    rest = list(connect(site.url).pull("PAY", stored[-1].cursor))
    assert {*keys(stored), *keys(rest)} == {f"PAY-{n}" for n in range(1, 8)}


def test_a_second_sync_without_changes_costs_two_requests(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    history = [
        {
            "id": "1",
            "created": "2025-12-02T10:00:00.000+0000",
            "items": [{"field": "status", "fieldId": "status", "from": "77", "to": "78"}],
        }
    ]
    site.issues = [make_issue(1, now - DAY, histories=history), make_issue(2, now - 2 * MINUTE)]
    site.fields = [{"id": "customfield_10015", "name": "Target start"}]
    site.statuses = [{"id": "77", "name": "Doing", "statusCategory": {"key": "indeterminate"}}]
    settings = {"fields": {"start": "Target start", "end": "customfield_10016"}}
    first = list(connect(site.url, **settings).pull("PAY", None))
    assert sorted(site.asked) == sorted(
        [
            "serverInfo",
            "project/PAY/versions",
            "field",
            "status",
            *(["search/jql", "/rest/api/3/changelog/bulkfetch"] if site.cloud else ["search"]),
        ]
    )

    site.asked.clear()
    second = list(connect(site.url, **settings).pull("PAY", first[-1].cursor))

    # Changes younger than the index may be late are read again; they are the same.
    search = "search/jql" if site.cloud else "search"
    assert site.asked == ["project/PAY/versions", search]
    assert keys(second) == ["PAY-2"]

    site.now = now + timedelta(hours=1)
    third = list(connect(site.url, **settings).pull("PAY", second[-1].cursor))
    site.asked.clear()
    fourth = list(connect(site.url, **settings).pull("PAY", third[-1].cursor))
    assert keys(fourth) == []
    assert site.asked == ["project/PAY/versions", search]
    assert fourth[-1].cursor == third[-1].cursor


def test_an_issue_that_the_index_shows_late_is_found_by_the_overlap(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    site.issues = [make_issue(1, now - MINUTE)]
    first = list(connect(site.url).pull("PAY", None))
    site.issues.append(make_issue(2, now - 5 * MINUTE))
    site.now = now + MINUTE

    assert "PAY-2" in keys(list(connect(site.url).pull("PAY", first[-1].cursor)))


def test_an_empty_project_gives_one_batch_with_a_cursor(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    (batch,) = connect(site.url).pull("PAY", None)
    assert batch.items == ()

    site.issues = [make_issue(1, now + MINUTE)]
    assert keys(list(connect(site.url).pull("PAY", batch.cursor))) == ["PAY-1"]


def test_other_fields_or_links_in_the_settings_read_everything_again(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    site.issues = [make_issue(1, now - DAY)]
    cursor = list(connect(site.url).pull("PAY", None))[-1].cursor

    again = connect(site.url, fields={"points": "customfield_1"}).pull("PAY", cursor)

    assert keys(list(again)) == ["PAY-1"]


def test_a_cursor_of_another_release_begins_anew(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    site.issues = [make_issue(1, now - DAY)]

    assert keys(list(connect(site.url).pull("PAY", {"page": 3}))) == ["PAY-1"]


def test_an_expired_token_begins_again_from_where_the_walk_was(
    cloud: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    cloud.issues = [make_issue(n, now - DAY + n * MINUTE) for n in range(1, 12)]
    cloud.largest_page = 3
    expired: list[str] = []

    def expire(path: str) -> Any:
        if cloud.queries[-1].get("nextPageToken") and len(expired) < 2 and cloud.searches != 1:
            expired.append(path)
            return 400, {}, b'{"errorMessages":["The token is expired."]}'
        return None

    cloud.faults = [expire]
    batches = list(connect(cloud.url).pull("PAY", None))

    assert len(expired) == 2
    assert list(dict.fromkeys(keys(batches))) == [f"PAY-{n}" for n in range(1, 12)]


def test_a_token_that_comes_again_is_refused(
    cloud: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    page = {"issues": [make_issue(1, now - DAY)], "nextPageToken": base64.b64encode(b"x").decode()}
    cloud.fail(200, page)

    with pytest.raises(Retry, match="same next page twice"):
        list(connect(cloud.url).pull("PAY", None))


def test_the_last_page_is_the_last_whatever_token_it_has(cloud: Any, connect: Any) -> None:
    cloud.fail(200, {"issues": [], "isLast": True, "nextPageToken": "more"}, path="search/jql")

    list(connect(cloud.url).pull("PAY", None))

    assert cloud.asked.count("search/jql") == 1


@pytest.mark.parametrize(
    ("warns", "told"),
    [
        (
            {"warnings": [{"type": "LIMIT", "message": "Cut off."}, {"type": "OTHER"}]},
            ["Cut off.", "OTHER"],
        ),
        ({"warnings": ["Cut off.", 7, None]}, ["Cut off."]),
        ({"warnings": {"of": "another shape"}}, []),
        ({"warningMessages": ["PAY-0 is not there."], "warnings": []}, ["PAY-0 is not there."]),
    ],
)
def test_what_a_search_warns_of_is_passed_on(
    cloud: Any, connect: Any, make_issue: Any, now: datetime, warns: Any, told: list[str]
) -> None:
    cloud.fail(200, {"issues": [make_issue(1, now - DAY)], "isLast": True, **warns})

    (batch,) = connect(cloud.url).pull("PAY", None)

    assert keys([batch]) == ["PAY-1"]
    assert list(batch.warnings) == told


def test_a_long_changelog_is_read_to_its_beginning_on_cloud(
    cloud: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    histories = [
        {
            "id": str(n),
            "created": f"2025-12-{1 + n // 24:02}T{n % 24:02}:00:00.000+0000",
            "items": [
                {
                    "field": "duedate",
                    "fieldId": "duedate",
                    "from": f"2026-01-{1 + n % 28:02}",
                    "to": f"2026-01-{2 + n % 28:02}",
                }
            ],
        }
        for n in range(250)
    ]
    cloud.issues = [make_issue(1, now - DAY, histories=histories[::-1])]
    cloud.shown_histories = 40
    cloud.bulk = False

    (batch,) = connect(cloud.url).pull("PAY", None)

    assert [change.id for change in batch.changes] == [f"{n}:duedate" for n in range(250)]
    assert {change.field for change in batch.changes} == {ChangedField.DUE}
    assert cloud.asked.count("issue/10001/changelog") == 3


def test_statuses_that_no_issue_is_in_get_their_category_from_the_site(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    def moved(number: int, day: int, old: str, new: str) -> dict[str, Any]:
        item = {"field": "status", "fieldId": "status", "from": old, "fromString": f"S{old}"}
        return {
            "id": str(number),
            "created": f"2025-12-{day:02}T10:00:00.000+0000",
            "items": [{**item, "to": new, "toString": f"S{new}"}],
        }

    site.statuses = [{"id": "50", "name": "S50", "statusCategory": {"key": "indeterminate"}}]
    done = {"id": "6", "name": "Closed", "statusCategory": {"key": "done"}}
    histories = [moved(1, 2, "1", "99"), moved(2, 3, "99", "50"), moved(3, 4, "50", "6")]
    site.issues = [make_issue(1, now - DAY, status=done, histories=histories)]

    (batch,) = connect(site.url).pull("PAY", None)

    assert batch.items[0].started_at == datetime(2025, 12, 3, 10, tzinfo=UTC)
    assert batch.items[0].done_at == datetime(2025, 12, 4, 10, tzinfo=UTC)
    assert [(change.old, change.new) for change in batch.changes] == [
        ("todo:S1", None),
        (None, "doing:S50"),
        ("doing:S50", "completed:S6"),
    ]
    # A status that nobody knows is asked for once, not at every sync.
    site.asked.clear()
    site.touch("PAY-1", now)
    list(connect(site.url).pull("PAY", batch.cursor))
    assert "status" not in site.asked


def test_remote_links_are_read_when_wanted(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    site.issues = [make_issue(1, now - DAY)]
    site.remote_links["PAY-1"] = [
        {"relationship": words, "object": {"url": f"https://github.com/acme/api/issues/{n}"}}
        for n, words in enumerate(["is blocked by", "blocks", "mentioned in", None], start=7)
    ]

    (without,) = connect(site.url).pull("PAY", None)
    (batch,) = connect(site.url, remote_links=True).pull("PAY", None)

    assert without.links == ()
    assert {(link.upstream, link.downstream, link.origin) for link in batch.links} == {
        ("acme/api#7", "PAY-1", LinkOrigin.REMOTE_LINK),
        ("PAY-1", "acme/api#8", LinkOrigin.REMOTE_LINK),
    }


def test_an_issue_that_cannot_be_read_is_a_warning_and_stops_nothing(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    odd = make_issue(2, now - DAY, labels="not a list, secret")
    broken = {**make_issue(3, now - DAY), "fields": None}
    site.issues = [make_issue(1, now - DAY), odd]

    (batch,) = connect(site.url).pull("PAY", None)
    assert keys([batch]) == ["PAY-1"]
    (warning,) = batch.warnings
    assert warning.startswith("PAY-2 could not be read: Expected `array | null`, got `str`")
    assert "secret" not in warning

    page = {"issues": [broken, make_issue(4, now - DAY)], "total": 2, "isLast": True}
    site.fail(200, page)
    (batch,) = connect(site.url).pull("PAY", None)
    assert keys([batch]) == ["PAY-4"]
    assert batch.warnings == (
        "PAY-3 could not be read: Expected `object`, got `null` - at `$.fields`",
    )


def test_only_known_fields_are_asked_for(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    site.issues = [make_issue(1, now - DAY, customfield_10016=3, duedate="2026-03-01")]
    site.fields = [
        {"id": "customfield_10016", "name": "Story Points"},
        {
            "id": "customfield_9",
            "name": "Zielstart",
            "schema": {"custom": "com.atlassian.jpo:jpo-custom-field-baseline-start"},
        },
    ]
    settings = {"fields": {"points": "story points", "start": "Target start", "end": "duedate"}}

    (batch,) = connect(site.url, **settings).pull("PAY", None)

    asked = next(query for query in site.queries if "jql" in query)["fields"].split(",")
    assert len(asked) == len(set(asked))
    assert {"summary", "customfield_10016", "customfield_9"} <= set(asked)
    assert "comment" not in asked
    assert batch.items[0].points == 3.0
    assert str(batch.items[0].due_date) == "2026-03-01"


def test_categories_follow_the_issue_not_the_name(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    status = {"id": "9", "name": "Erledigt", "statusCategory": {"key": "done", "name": "Fertig"}}
    site.issues = [make_issue(1, now - DAY, status=status)]

    (batch,) = connect(site.url).pull("PAY", None)

    assert batch.items[0].category is Category.DONE
