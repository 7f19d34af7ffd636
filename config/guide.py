"""What has to be known about a kind of source before there is any configuration of it.

``slipwatch init`` asks for an address and a token; a kind whose settings have a ``Guide`` says
which addresses could be its own, and how a source of it is written down. The rest the
connector itself finds out (``Explores``).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel

SettingsT = TypeVar("SettingsT", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What a web address says about a source."""

    settings: Mapping[str, str]
    """``url`` of the API, and what else must be there before the site can be asked."""
    certain: bool
    """The address belongs to this kind and no other; else it is worth a try."""
    account: bool | None = False
    """Whether an e-mail address belongs to the token; None where it may or may not."""
    scopes: tuple[str, ...] = ()
    """Projects or repositories that the address is about."""
    groups: tuple[str, ...] = ()
    """Organizations or the like that the address is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """How sources of a kind are recognised and written down."""

    recognise: Callable[[SplitResult], Address | None]
    """Reads an address as people copy it from a browser; None for one of another kind."""
    scope: str
    """What one scope is called in a selector: ``project`` or ``repository``."""
    scopes: str
    """The key of the settings that lists scopes."""
    example: str
    """A scope as people write it."""
    milestone: str
    """The key of a selector that names a tracker milestone: ``version`` or ``milestone``."""
    discover: str
    """What ``discover`` calls its milestones."""
    credentials: str
    """Where a token is made and what it has to be allowed, as a sentence."""
    groups: str | None = None
    """The key of the settings that lists groups of scopes."""
    hints: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further keys worth a commented line in a first file, each with what it is good for."""


def exploring(
    settings: type[SettingsT], guide: Guide, values: Mapping[str, object], folder: Path
) -> SettingsT:
    """Make settings for a source of which nothing is chosen yet.

    ``values`` hold the address's settings and ``auth``; relative paths in them start at
    ``folder``. Raises ``ValidationError``.
    """
    chosen = with_scope(settings, guide, values, guide.example, folder)
    return chosen.model_copy(update={guide.scopes: ()})


def with_scope(
    settings: type[SettingsT],
    guide: Guide,
    values: Mapping[str, object],
    scope: str,
    folder: Path,
) -> SettingsT:
    """Make settings that read one scope; raises ``ValidationError`` for what is none."""
    return settings.model_validate({**values, guide.scopes: [scope]}, context={"folder": folder})


def split_url(text: str) -> SplitResult:
    """Read an address as people type it, perhaps without ``https://``.

    Raises ``ValueError`` without repeating it: it may hold a password.
    """
    expected = "that is no web address: expected one such as https://acme.atlassian.net"
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(expected) from None
    if not usable or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ValueError(expected)
    if "@" in parts.netloc:
        raise ValueError("an address holds no credentials: leave them out of it")
    return parts


def base_of(parts: SplitResult, path: str = "") -> str:
    """Give scheme, host and port of an address, with another path."""
    return f"{parts.scheme}://{parts.netloc}{path}".rstrip("/")
