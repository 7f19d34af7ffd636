"""What somebody may have meant."""

import difflib
from collections.abc import Iterable


def nearest(written: str, known: Iterable[str]) -> str | None:
    """Find the known name that is most like one that is not known."""
    near = difflib.get_close_matches(written, sorted(known), n=1, cutoff=0.6)
    return near[0] if near else None


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Ask for the nearest known name, or say nothing."""
    near = nearest(written, known)
    return f"; did you mean `{near}`?" if near else ""
