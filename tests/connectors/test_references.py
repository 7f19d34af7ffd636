"""Dependencies stated in titles and descriptions."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipwatch.connectors.references import MAX_REFERENCES, Reference, dependency_phrases


def upstream(text: str, repository: str | None = "acme/web") -> list[str]:
    found = dependency_phrases(text, own_repository=repository)
    assert all(reference.upstream for reference in found), found
    return [reference.key for reference in found]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("blocked by PAY-12", ["PAY-12"]),
        ("Blocked By: PAY-12.", ["PAY-12"]),
        ("**Blocked by:** PAY-12", ["PAY-12"]),
        ("| Blocked by | PAY-12 |", ["PAY-12"]),
        ("This depends on acme/api#7 being released", ["acme/api#7"]),
        ("depends on #7", ["acme/web#7"]),
        ("depends on GH-7", ["acme/web#7"]),
        ("requires the issue #7", ["acme/web#7"]),
        ("waiting for PR #7", ["acme/web#7"]),
        ("waits for pull request acme/api#7", ["acme/api#7"]),
        ("waiting on PAY-3", ["PAY-3"]),
        ("needs PAY_2-3", ["PAY_2-3"]),
        ("start after PAY-3 is done", ["PAY-3"]),
        ("blocked by https://acme.atlassian.net/browse/PAY-12?focusedCommentId=4", ["PAY-12"]),
        ("blocked by https://jira.acme.example/jira/browse/PAY-12", ["PAY-12"]),
        (
            "needs https://acme.atlassian.net/jira/software/projects/PAY?x=y&selectedIssue=PAY-4",
            ["PAY-4"],
        ),
        ("blocked by https://github.com/acme/api/issues/7#issuecomment-1", ["acme/api#7"]),
        ("blocked by <https://ghe.acme.example/acme/api.py/pull/7>", ["acme/api.py#7"]),
        ("blocked by [PAY-1](https://acme.atlassian.net/browse/PAY-1), PAY-2", ["PAY-1", "PAY-2"]),
        ("blocked by [the login](https://github.com/acme/api/issues/7)", ["acme/api#7"]),
        ("blocked by [PAY-1|https://acme.atlassian.net/browse/PAY-1|smart-link]", ["PAY-1"]),
        ("blocked by PAY-1, PAY-2 and acme/api#3", ["PAY-1", "PAY-2", "acme/api#3"]),
        ("blocked by PAY-1 (API), PAY-2 (web) & #3", ["PAY-1", "PAY-2", "acme/web#3"]),
        ("blocked by PAY-1, and by nothing else. Unlike PAY-9.", ["PAY-1"]),
        ("blocked by PAY-1. Later blocked by PAY-1 and PAY-2", ["PAY-1", "PAY-2"]),
        ("[Blocked by PAY-12] Pay with cards", ["PAY-12"]),
        ("blocked by acme&3", ["acme&3"]),
        ("blocked by acme/platform/api#7 and acme&3", ["acme/platform/api#7", "acme&3"]),
        ("blocked by https://gitlab.com/acme/platform/api/-/issues/7", ["acme/platform/api#7"]),
        ("needs https://gitlab.com/groups/acme/shop/-/epics/3", ["acme/shop&3"]),
    ],
)
def test_a_stated_dependency_is_found(text: str, keys: list[str]) -> None:
    assert upstream(text) == keys


@pytest.mark.parametrize(
    "text", ["blocks PAY-12", "unblocks PAY-12", "Blocking: PAY-12", "required by PAY-12"]
)
def test_what_is_blocked_by_this_item_is_downstream(text: str) -> None:
    assert [(r.key, r.upstream) for r in dependency_phrases(text)] == [("PAY-12", False)]


@pytest.mark.parametrize(
    "text",
    [
        "see PAY-12 and acme/api#7",
        "relates to PAY-12",
        "blocked by the vendor; PAY-12 has the contract",
        "requires UTF-8, SHA-256 and ISO-8601",
        "after CVE-2024-1234",
        "requires TLS-1.3",
        "needs pay-12",
        "needs PAY-0",
        "blocked by PAY-12-hotfix",
        "blocked by XPAY-12b",
        "blocked by #7th Avenue",
        "unblocked by PAY-12",
        "not blocked by PAY-12",
        "no longer blocked by PAY-12",
        "this isn't blocked by PAY-12",
        "does not directly depends on PAY-12",
        "PAY-1 blocks PAY-2",
        "PAY-1 is still blocked by PAY-2",
        "acme/api#4 depends on PAY-2",
        "> blocked by PAY-12",
        "<!-- blocked by PAY-12 -->",
        "<!-- write\nblocked by PAY-12\n-->",
        "```\nblocked by PAY-12\n```",
        "~~~~text\nblocked by PAY-12\n~~~\nblocked by PAY-12\n~~~~",
        "{code:java}\nblocked by PAY-12\n{code}",
        "{quote}blocked by PAY-12{quote}",
        "bq. blocked by PAY-12",
        "blocked by https://acme.example/wiki/PAY-12",
        "blocked by https://github.com/acme/api/commit/7",
        "",
    ],
)
def test_no_dependency_is_read_into(text: str) -> None:
    assert dependency_phrases(text, own_repository="acme/web") == ()


def test_only_one_dependency_is_stated_beside_a_chain() -> None:
    assert upstream("blocked by PAY-1, which depends on PAY-2") == ["PAY-1"]


def test_a_number_alone_says_nothing_without_a_repository() -> None:
    assert upstream("blocked by #7", repository=None) == []


def test_a_text_that_is_missing_states_nothing() -> None:
    assert dependency_phrases(None) == ()


def test_a_statement_may_name_its_own_item_as_subject() -> None:
    text = "PAY-1 is blocked by PAY-2, not after PAY-1"
    assert dependency_phrases(text, own_key="PAY-1") == (Reference("PAY-2", True, "blocked by"),)


def test_an_item_never_depends_on_itself() -> None:
    assert dependency_phrases("after PAY-1", own_key="PAY-1") == ()


def test_prose_around_code_and_comments_is_read() -> None:
    text = "blocked by <!-- ids --> PAY-1\n```\nx\n```\n{code}x{code} blocked by PAY-2\n"
    assert upstream(text) == ["PAY-1", "PAY-2"]


def test_a_list_under_a_heading_belongs_to_its_phrase() -> None:
    text = (
        "### Blocked by:\r\n\r\n- [ ] #7 login\r\n- [x] PAY-2\r\n- vendor contract\r\n"
        "1. [docs](https://github.com/acme/docs/issues/1)\r\n\r\n"
        "## Blocks\n* acme/shop#4\n\nDone when PAY-9 is.\n- PAY-8\n"
    )
    assert [
        (r.key, r.upstream, r.phrase) for r in dependency_phrases(text, own_repository="acme/web")
    ] == [
        ("acme/web#7", True, "blocked by"),
        ("PAY-2", True, "blocked by"),
        ("acme/docs#1", True, "blocked by"),
        ("acme/shop#4", False, "blocks"),
    ]


def test_a_form_that_was_left_empty_ends_its_heading() -> None:
    assert upstream("### Blocked by\n\n_No response_\n\n- PAY-1") == []


def test_references_have_an_upper_bound() -> None:
    many = ", ".join(f"PAY-{n}" for n in range(1, 2000))
    assert len(dependency_phrases(f"blocked by {many}")) == MAX_REFERENCES


@given(st.text(alphabet="blocked by after PAY-1#/[]()|{}code`>\n<!-:, ", max_size=300))
def test_any_text_is_survived_and_repeats_nothing(text: str) -> None:
    found = dependency_phrases(text, own_repository="a/b")
    assert len({(reference.key, reference.upstream) for reference in found}) == len(found)


@pytest.mark.parametrize(
    "piece",
    [
        "blocked ",
        "after ",
        "after #7 ",
        "blocked by PAY-1, ",
        "A",
        "AB-1",
        "blocked by\t",
        " ",
        "blocked by [[[",
        "after [x](",
        "<!--",
        "{code}",
        "> ",
        "\n",
        "after:\n- #7\n",
        "not blocks a/",
        "https://a/",
        "after https://a/b?",
        "h1. this is blocks:",
        "the the the ",
        "((((",
    ],
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    text = piece * (10_000_000 // len(piece))
    began = time.process_time()
    dependency_phrases(text, own_repository="acme/web")
    # Measured below 0.7 s; quadratic time would be hours.
    assert time.process_time() - began < 20
