"""Making text of a tracker safe to show, at a terminal and elsewhere, and short enough to read."""

import re

# C0 and C1 controls move cursors and set titles; bidirectional overrides reorder what is read;
# two separators end lines; lone surrogates cannot be encoded.
_ABOVE_C0 = r"\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_UNSAFE = re.compile(rf"[\x00-\x1f{_ABOVE_C0}\ud800-\udfff]+")
_UNSAFE_IN_JSON = re.compile(f"[{_ABOVE_C0}]")


def plain(text: str) -> str:
    """Replace everything that would be obeyed instead of shown, line breaks too, by a space."""
    return _UNSAFE.sub(" ", text)


def plain_json(document: str) -> str:
    """Escape in JSON what a terminal would obey; it still means the same.

    JSON itself escapes only C0 controls.
    """
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def short(text: str, longest: int = 160) -> str:
    """Cut what nobody reads to the end; an ellipsis shows that there is more."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
