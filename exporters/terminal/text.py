"""Making text of a tracker safe to print at a terminal, and short enough to read."""

import re

# C0 and C1 controls move cursors and set titles; bidirectional overrides reorder what is read;
# lone surrogates cannot be encoded.
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)


def plain(text: str) -> str:
    """Replace everything that a terminal would obey instead of print."""
    return _UNSAFE.sub(" ", text)


def short(text: str, longest: int = 160) -> str:
    """Cut what nobody reads to the end; an ellipsis shows that there is more."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
