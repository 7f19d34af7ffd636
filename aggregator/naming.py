"""Which of many ids is meant by what somebody typed."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_FEW: Final = 8
"""So many ids are all named."""
_SAMPLES: Final = 3


def find_id(wanted: str, ids: Iterable[str], what: str = "milestone") -> str:
    """Find an id by itself or by the end of it, where only one has that end.

    Raises ValueError that names those it could be, or the nearest ones where there is none, or all.
    """
    known = sorted(ids)
    if wanted in known:
        return wanted
    found = [one for one in known if one.endswith((f"/{wanted}", f":{wanted}"))]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"{wanted} is not clear; it could be {', '.join(found)}")
    raise ValueError(f"there is no {what} {wanted}{_suggestion(wanted, known)}")


def _suggestion(wanted: str, known: list[str]) -> str:
    """Name the nearest ids, compared as far from their end as the wanted one goes; else some."""
    parts = wanted.count("/") + 1
    ends = {"/".join(one.split("/")[-parts:]): one for one in known}
    near = get_close_matches(wanted, ends, n=3)
    if near:
        return f"; did you mean {' or '.join(ends[end] for end in near)}?"
    if len(known) > _FEW:
        return f"; there are {len(known)}, such as {', '.join(known[:_SAMPLES])}"
    return f"; there {'is' if len(known) == 1 else 'are'}: {', '.join(known) or 'none'}"
