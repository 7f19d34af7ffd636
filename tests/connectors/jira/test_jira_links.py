"""Dependencies from typed links and from texts, and their direction."""

from datetime import UTC, datetime
from typing import Any

import pytest

from slipwatch.aggregator.records import LinkKind, LinkOrigin

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def link(name: str, outward: str, end: str, key: str) -> dict[str, Any]:
    return {"type": {"name": name, "outward": outward}, f"{end}Issue": {"key": key}}


@pytest.mark.parametrize(
    ("given", "kind", "upstream", "downstream"),
    [
        (link("Blocks", "blocks", "outward", "WEB-2"), LinkKind.BLOCKS, "PAY-1", "WEB-2"),
        (link("Blocks", "blocks", "inward", "WEB-2"), LinkKind.BLOCKS, "WEB-2", "PAY-1"),
        (link("BLOCKS", "", "outward", "WEB-2"), LinkKind.BLOCKS, "PAY-1", "WEB-2"),
        (link("Blocks", "is blocked by", "outward", "WEB-2"), LinkKind.BLOCKS, "WEB-2", "PAY-1"),
        (link("Depends", "depends on", "outward", "WEB-2"), LinkKind.DEPENDS, "WEB-2", "PAY-1"),
        (link("Depends", "depends on", "inward", "WEB-2"), LinkKind.DEPENDS, "PAY-1", "WEB-2"),
        (link("Depends", "is required by", "outward", "WEB-2"), LinkKind.DEPENDS, "PAY-1", "WEB-2"),
    ],
)
def test_links_have_a_direction(
    convert: Any,
    make_issue: Any,
    given: dict[str, Any],
    kind: LinkKind,
    upstream: str,
    downstream: str,
) -> None:
    (made,) = convert(make_issue(1, NOW, issuelinks=[given])).links

    assert (made.kind, made.upstream, made.downstream) == (kind, upstream, downstream)
    assert (made.owner, made.origin, made.label) == (
        "10001",
        LinkOrigin.TRACKER,
        given["type"]["name"],
    )


def test_both_ends_of_a_link_report_the_same(convert: Any, make_issue: Any) -> None:
    batch = convert(
        {
            "issues": [
                make_issue(1, NOW, issuelinks=[link("Blocks", "blocks", "outward", "PAY-2")]),
                make_issue(2, NOW, issuelinks=[link("Blocks", "blocks", "inward", "PAY-1")]),
            ]
        }
    )

    assert {(made.upstream, made.downstream) for made in batch.links} == {("PAY-1", "PAY-2")}
    assert {made.owner for made in batch.links} == {"10001", "10002"}


def test_other_link_types_say_nothing_of_an_order(convert: Any, make_issue: Any) -> None:
    links = [
        link("Relates", "relates to", "inward", "WEB-2"),
        link("Blocks", "blocks", "outward", "WEB-3"),
        link("Relates", "relates to", "inward", "WEB-3"),
    ]

    made = convert(make_issue(1, NOW, issuelinks=links)).links

    assert [(each.kind, each.upstream, each.downstream, each.label) for each in made] == [
        (LinkKind.BLOCKS, "PAY-1", "WEB-3", "Blocks"),
        (LinkKind.RELATES, "WEB-2", "PAY-1", "Relates"),
    ]


def test_a_link_to_itself_is_left_out(convert: Any, make_issue: Any) -> None:
    links = [link(name, "blocks", "outward", "PAY-1") for name in ("Blocks", "Relates")]

    assert convert(make_issue(1, NOW, issuelinks=links)).links == ()


@pytest.mark.parametrize(
    ("settings", "kind", "source_first"),
    [
        ({"blocks": ["Gating"]}, LinkKind.BLOCKS, True),
        ({"blocks": ["10777"]}, LinkKind.BLOCKS, True),
        ({"blocks": ["muss vor"]}, LinkKind.BLOCKS, True),
        ({"blocks": ["kommt nach"]}, LinkKind.BLOCKS, False),
        ({"depends": ["Gating"]}, LinkKind.DEPENDS, False),
        ({"depends": ["10777"]}, LinkKind.DEPENDS, False),
        ({"depends": ["muss vor"]}, LinkKind.DEPENDS, False),
        ({"depends": ["kommt nach"]}, LinkKind.DEPENDS, True),
        ({}, LinkKind.RELATES, True),
    ],
    ids=str,
)
def test_a_type_of_any_language_is_mapped_by_name_id_or_words(
    connect: Any,
    make_issue: Any,
    settings: dict[str, list[str]],
    kind: LinkKind,
    *,
    source_first: bool,
) -> None:
    kind_of_link = {"id": "10777", "name": "Gating", "outward": "muss vor", "inward": "kommt nach"}
    given = [{"type": kind_of_link, "outwardIssue": {"key": "WEB-2"}}]
    connector = connect("https://jira.example", links={"blocks": [], **settings})

    (made,) = connector.convert(make_issue(1, NOW, issuelinks=given)).links

    ends = ("PAY-1", "WEB-2") if source_first else ("WEB-2", "PAY-1")
    assert (made.kind, made.upstream, made.downstream) == (kind, *ends)


def test_the_inward_words_tell_where_the_outward_ones_do_not(connect: Any, make_issue: Any) -> None:
    kind = {"name": "Chain", "outward": "is a base of", "inward": "depends on"}
    given = [{"type": kind, "outwardIssue": {"key": "WEB-2"}}]
    connector = connect("https://jira.example", links={"depends": ["Chain"]})

    (made,) = connector.convert(make_issue(1, NOW, issuelinks=given)).links

    assert (made.upstream, made.downstream) == ("PAY-1", "WEB-2")


def test_dependencies_in_texts_are_links_unless_the_tracker_says_the_same(
    convert: Any, make_issue: Any
) -> None:
    batch = convert(
        make_issue(
            1,
            NOW,
            summary="Cart, blocked by WEB-2",
            description="Depends on acme/api#7.\nBlocks WEB-9.",
            issuelinks=[link("Blocks", "blocks", "inward", "WEB-2")],
        )
    )

    assert [(m.kind, m.upstream, m.downstream, m.origin) for m in batch.links] == [
        (LinkKind.BLOCKS, "WEB-2", "PAY-1", LinkOrigin.TRACKER),
        (LinkKind.DEPENDS, "acme/api#7", "PAY-1", LinkOrigin.TEXT),
        (LinkKind.BLOCKS, "PAY-1", "WEB-9", LinkOrigin.TEXT),
    ]


def test_no_record_keeps_a_description(convert: Any, make_issue: Any) -> None:
    batch = convert(make_issue(1, NOW, description="The password of the test account is hunter2"))

    assert "hunter2" not in repr(batch)


def test_a_rich_text_of_the_third_api_is_passed_over(convert: Any, make_issue: Any) -> None:
    document = {"type": "doc", "version": 1, "content": []}

    assert convert(make_issue(1, NOW, description=document)).links == ()
