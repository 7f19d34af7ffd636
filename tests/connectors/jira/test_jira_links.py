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


def test_other_link_types_and_links_to_itself_are_left_out(convert: Any, make_issue: Any) -> None:
    links = [
        link("Relates", "relates to", "outward", "WEB-2"),
        link("Blocks", "blocks", "outward", "PAY-1"),
    ]

    assert convert(make_issue(1, NOW, issuelinks=links)).links == ()


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
