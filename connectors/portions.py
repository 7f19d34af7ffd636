"""Work that is cut into portions, so that what is done stays done when the rest fails."""

from collections.abc import Iterator, Sequence

PORTION = 50


def portions(values: Sequence[str], size: int = PORTION) -> Iterator[Sequence[str]]:
    """Cut a list into portions, the last one maybe smaller."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
