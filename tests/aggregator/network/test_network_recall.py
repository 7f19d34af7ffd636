"""What a pass found of several activities stands as long as all of them are as they were."""

import pytest

from slipwatch.aggregator.network.recall import Recall

PRINTS = {"a": 1, "b": 1, "c": 1}


def known() -> Recall[str]:
    recall: Recall[str] = Recall()
    recall.begin("today", PRINTS)
    recall.keep_together(["a", "b"], "found")
    return recall


@pytest.mark.parametrize(
    ("context", "prints", "found"),
    [
        ("today", PRINTS, "found"),
        ("today", {**PRINTS, "c": 2}, "found"),
        ("today", {**PRINTS, "b": 2}, None),
        ("today", {"a": 1}, None),
        ("tomorrow", PRINTS, None),
    ],
)
def test_what_was_found_together_is_known_while_none_of_them_has_changed(
    context: str, prints: dict[str, int], found: str | None
) -> None:
    recall = known()
    recall.begin(context, prints)
    assert recall.get_together(["a", "b"]) == found


@pytest.mark.parametrize("others", [["a"], ["a", "b", "c"], ["b", "a"], ["c"]])
def test_what_was_found_of_some_is_not_that_of_others(others: list[str]) -> None:
    assert known().get_together(others) is None


def test_what_was_found_with_something_unknown_is_not_kept() -> None:
    recall = known()
    recall.keep_together(["c", "d"], "found")
    assert recall.get_together(["c", "d"]) is None
    recall.begin("today", PRINTS)
    assert recall.get("c") is None
