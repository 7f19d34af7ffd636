"""Who asks and what they may see: known without a request where answers tell, asked where not."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.connector import Skip, Stop
from slipwatch.aggregator.records import Presence
from slipwatch.connectors.jira import account

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def one_issue(site: Any, make_issue: Any, now: datetime) -> None:
    """Give the fake one issue."""
    site.issues = [make_issue(1, now - DAY)]


def pull(connector: Any, cursor: Any = None) -> Any:
    batches = list(connector.pull("PAY", cursor))
    return batches[-1].cursor


def test_a_sync_does_not_ask_for_what_each_answer_says(site: Any, connect: Any) -> None:
    connector = connect(site.url)
    cursor = pull(connector)
    assert not {"myself", "mypermissions"} & {*site.asked}

    site.asked.clear()
    pull(connect(site.url), cursor)
    assert len(site.asked) == 2


def test_where_no_answer_says_who_is_asking_it_is_asked_once_a_sync(
    site: Any, connect: Any
) -> None:
    site.caller = None
    site.versions["WEB"] = []
    connector = connect(site.url, projects=["PAY", "WEB"])

    pull(connector)
    list(connector.pull("WEB", None))
    assert site.asked.count("myself") == 1


def test_a_caller_whom_nobody_knows_is_found_out_where_headers_are_taken_away(
    site: Any, connect: Any
) -> None:
    site.caller = None
    site.fail(401, path="myself")

    with pytest.raises(Stop, match="GET /rest/api/2/myself answered 401: the credentials were"):
        pull(connect(site.url))
    assert not [path for path in site.asked if "search" in path]


def test_the_gateway_is_not_asked_as_tokens_with_scopes_may_not() -> None:
    class Client:
        is_named = False
        url = "https://api.atlassian.com/ex/jira/11f-22"

    account.check_account(Client())  # type: ignore[arg-type]  # asks nothing


def test_a_project_without_a_single_issue_is_not_empty_when_none_may_be_seen(
    site: Any, connect: Any
) -> None:
    site.browsable = False
    with pytest.raises(Skip, match="PAY: the account may not see its issues"):
        pull(connect(site.url))

    site.browsable = True
    assert [item.key for batch in connect(site.url).pull("PAY", None) for item in batch.items] == [
        "PAY-1"
    ]


def test_an_empty_project_costs_a_question_once(site: Any, connect: Any) -> None:
    site.issues = []
    cursor = pull(connect(site.url))
    assert site.asked.count("mypermissions") == 1
    assert site.queries[-1] == {"permissions": "BROWSE_PROJECTS", "projectKey": "PAY"}

    pull(connect(site.url), cursor)
    assert site.asked.count("mypermissions") == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_site_that_does_not_tell_permissions_is_read_all_the_same(
    site: Any, connect: Any, status: int
) -> None:
    site.issues = []
    site.fail(status, path="mypermissions")

    assert pull(connect(site.url))["deployment"] in ("cloud", "datacenter")


def test_a_census_that_lists_nothing_asks_whether_the_account_may_see_the_project(
    site: Any, connect: Any
) -> None:
    connector = connect(site.url)
    assert list(connector.ids("PAY")) == [frozenset({"10001"})]
    assert "mypermissions" not in site.asked

    site.browsable = False
    with pytest.raises(Skip, match="PAY: the account may not see its issues"):
        list(connector.ids("PAY"))


def test_refused_issues_are_not_gone_where_the_account_may_see_none(
    site: Any, connect: Any
) -> None:
    connector = connect(site.url)
    assert [one.presence for one in connector.locate("PAY", {"10009": "PAY-9"})] == [Presence.GONE]

    site.browsable = False
    with pytest.raises(Skip, match="PAY: the account may not see its issues"):
        list(connector.locate("PAY", {"10009": "PAY-9"}))
