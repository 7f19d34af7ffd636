"""What somebody may have meant."""

import difflib
from collections.abc import Iterable


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Say which known name is the nearest to one that is not known, or nothing."""
    near = difflib.get_close_matches(written, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""
