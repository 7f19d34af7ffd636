"""Choosing from a numbered list by typing: numbers, ranges, names, ``all``, or a search."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_RANGE = re.compile(r"([0-9]{1,6})(?:\s*-\s*([0-9]{1,6}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to choose: what it is called in the file, and what people call it."""

    key: str
    label: str
    details: str = ""


@dataclass(slots=True)
class Menu:
    """A list and what has been chosen of it so far."""

    entries: Sequence[Entry]
    chosen: dict[int, None] = field(default_factory=dict[int, None])
    """Places in the list, in the order they were chosen."""
    suggested: bool = True
    """What is chosen is no more than a suggestion: the first choice takes its place."""
    shown: Sequence[int] = ()
    """What is on display: everything, or what a search found."""

    def __post_init__(self) -> None:
        self.shown = range(len(self.entries))

    @property
    def chosen_keys(self) -> list[str]:
        """The keys of what is chosen."""
        return [self.entries[place].key for place in self.chosen]

    def knows(self, text: str) -> bool:
        """Say whether an answer means something here."""
        words = text.strip().casefold()
        return words in {"all", "none"} or bool(self._places(words) or self._having(words))

    def read(self, text: str) -> str | None:
        """Take one answer; return what to tell, or None when it was a choice.

        Numbers count from 1, over the whole list. ``all`` means all that is shown.
        """
        words = text.strip()
        if words.casefold() == "none":
            self.chosen.clear()
            return None
        places = list(self.shown) if words.casefold() == "all" else self._places(words)
        if places is None:
            return self._search(words)
        wrong = [place + 1 for place in places if not 0 <= place < len(self.entries)]
        if wrong:
            return f"there is no {wrong[0]}: the numbers go from 1 to {len(self.entries)}"
        if self.suggested:
            self.chosen.clear()
        self.suggested = False
        self.chosen.update(dict.fromkeys(places))
        return None

    def _places(self, words: str) -> list[int] | None:
        """Read numbers, ranges and keys; None where a word is none of them."""
        by_key = {entry.key.casefold(): place for place, entry in enumerate(self.entries)}
        if words.casefold() in by_key:
            return [by_key[words.casefold()]]
        places: list[int] = []
        for word in filter(None, re.split(r"[,;\s]+", re.sub(r"\s*-\s*", "-", words))):
            span = _RANGE.fullmatch(word)
            if word.casefold() in by_key:
                places.append(by_key[word.casefold()])
            elif span is not None:
                first, last = int(span[1]), int(span[2] or span[1])
                last = min(last, first + len(self.entries))
                places += range(first - 1, last)
            else:
                return None
        return places or None

    def _search(self, words: str) -> str:
        found = self._having(words)
        if not found:
            return f"nothing has {words!r} in its name"
        self.shown = found
        return f"{len(found)} of {len(self.entries)} have {words!r} in their names:"

    def _having(self, words: str) -> list[int]:
        wanted = words.casefold().split()
        return [
            place
            for place, entry in enumerate(self.entries)
            if all(word in f"{entry.key} {entry.label}".casefold() for word in wanted)
        ]
