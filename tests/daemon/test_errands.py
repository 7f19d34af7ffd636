"""What webhooks name waits until it is read, and nothing else is read for their sake."""

from slipwatch.aggregator.sync import SyncResult
from slipwatch.daemon.errands import Errands


def test_scopes_are_taken_once_however_often_they_were_named() -> None:
    errands = Errands()
    errands.learn(SyncResult(source="jira", scopes=("PAY", "WEB")))

    errands.name("jira", ["WEB"])
    errands.name("jira", ["PAY", "WEB"])

    assert errands.take("jira") == ("PAY", "WEB")
    assert not errands.waiting("jira")
    assert errands.take("jira") == ()


def test_what_is_named_before_the_first_sync_waits_for_it() -> None:
    errands = Errands()
    errands.name("jira", ["PAY"])
    assert not errands.waiting("jira")

    errands.learn(SyncResult(source="jira", scopes=("PAY",)))

    assert errands.waiting("jira")
    assert errands.take("jira") == ("PAY",)


def test_scopes_that_are_none_of_the_sources_are_left_out() -> None:
    errands = Errands()
    errands.learn(SyncResult(source="jira", scopes=("PAY",), skipped={"OLD": "no permission"}))

    errands.name("jira", ["PAY", "OLD", "OTHER"])

    assert errands.take("jira") == ("OLD", "PAY")


def test_a_sync_that_broke_off_takes_no_scope_away() -> None:
    errands = Errands()
    errands.learn(SyncResult(source="jira", scopes=("PAY", "WEB")))
    errands.learn(SyncResult(source="jira", scopes=("PAY",), error="no connection"))
    errands.name("jira", ["WEB"])
    assert errands.waiting("jira")

    errands.learn(SyncResult(source="jira", scopes=("PAY",)))

    assert not errands.waiting("jira")


def test_items_are_taken_once_with_all_that_were_named_until_then() -> None:
    errands = Errands()
    errands.name("github", ["acme/api"], {"acme/api": {"1": "acme/api#1"}})
    errands.name("github", ["acme/api"], {"acme/api": {"2": "acme/api#2"}})
    errands.name("github", ["acme/api"])
    assert errands.take_items("jira") == {}
    assert errands.take_items("github") == {"acme/api": {"1": "acme/api#1", "2": "acme/api#2"}}
    assert errands.take_items("github") == {}


def test_sources_that_are_configured_no_more_are_forgotten() -> None:
    errands = Errands()
    for source in ("jira", "github"):
        errands.learn(SyncResult(source=source, scopes=("PAY",)))
        errands.name(source, ["PAY"], {"PAY": {"1": "PAY-1"}})

    errands.follow({"jira"}, changed=())
    assert errands.waiting("jira")
    assert errands.take("github") == ()
    assert errands.take_items("github") == {}
    # With other settings it may have other scopes; what was named waits for the sync that tells.
    errands.follow({"jira"}, changed={"jira"})
    assert not errands.waiting("jira")
    errands.learn(SyncResult(source="jira", scopes=("PAY",)))
    assert errands.waiting("jira")
