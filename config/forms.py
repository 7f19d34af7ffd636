"""The forms of texts in the settings: ids, working days, lags, addresses, time zones."""

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from .nearest import did_you_mean

_IDENTIFIER = r"^[a-z0-9][a-z0-9_.-]*$"
_ENTRY = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
_CURRENCY = r"^[A-Z]{3}$"
_LAG = r"^-?[0-9]{1,4}(wd|ed)$"
_RULE = r"^[A-Z]+-[0-9]{3}$"
_BCRYPT = r"^\$2[aby]\$(0[4-9]|1[0-9])\$[./A-Za-z0-9]{53}$"
_RULES = r"^[A-Z]+(-[0-9]{3})?$"
_MAIL = r"^[^\s@<>,]+@[^\s@<>,]+$"

FORMS: Mapping[str, str] = {
    _IDENTIFIER: "expected lower-case letters, digits, - _ and . only, such as api-ga",
    _ENTRY: "expected letters, digits, - _ and . only, such as R1",
    _CURRENCY: "expected the ISO code of a currency, such as EUR",
    _LAG: "expected working days such as 2wd or elapsed days such as 3ed; a lead is -2wd",
    _RULE: "expected the id of a rule, such as SCH-001",
    _BCRYPT: "expected a password hashed by bcrypt, as `htpasswd -nBC 10 NAME` prints it",
    _RULES: "expected a family of rules such as SCH, or the id of a rule such as SCH-001",
    _MAIL: "expected the address of a mailbox, such as sam@acme.example",
}
"""What to say instead of a pattern that a text does not fit."""

Identifier = Annotated[str, Field(pattern=_IDENTIFIER, examples=["api-ga"])]
"""The name of a thing in ids, addresses and labels."""

EntryId = Annotated[str, Field(pattern=_ENTRY, examples=["R1"])]
"""The name of an entry of a register: a risk, a gate, a benefit, an objective."""

CurrencyCode = Annotated[str, Field(pattern=_CURRENCY, examples=["EUR"])]
"""A currency by its ISO 4217 code."""

RuleId = Annotated[str, Field(pattern=_RULE, examples=["SCH-001"])]
"""The id of a rule: a family and a number."""

BcryptHash = Annotated[str, Field(pattern=_BCRYPT)]
"""A password hashed by bcrypt."""

RuleFilter = Annotated[str, Field(pattern=_RULES, examples=["SCH", "DEP-001"])]
"""A family of rules, or one rule."""

MailAddress = Annotated[str, Field(pattern=_MAIL, examples=["sam@acme.example"])]
"""The address of a mailbox, without a name."""

Text = Annotated[str, Field(min_length=1)]


def _workdays(value: object) -> object:
    if isinstance(value, str):
        match = re.fullmatch(r"([0-9]{1,5})wd", value.strip())
        if match is not None:
            return int(match[1])
    raise ValueError("expected working days such as 5wd")


Workdays = Annotated[
    int,
    BeforeValidator(_workdays),
    Field(ge=0, le=10_000),
    PlainSerializer(lambda days: f"{days}wd", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,5}wd$", "examples": ["5wd"]}),
]
"""A number of working days, written ``5wd``."""

Lag = Annotated[str, Field(pattern=_LAG, examples=["2wd", "3ed", "-1wd"])]
"""A delay or, negative, a lead: ``2wd`` working days, ``3ed`` elapsed days."""


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a folder
        hint = did_you_mean(value, available_timezones()) or ": write one such as Europe/Berlin"
        raise ValueError(f"unknown time zone{hint}") from None
    return value


def split_address(value: str) -> tuple[str, int]:
    """Split ``host:port`` or ``[ipv6]:port``; raises ``ValueError`` saying what is expected."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+)):([0-9]{1,5})", value)
    if match is None or int(match[3]) > 65_535:
        raise ValueError(
            "expected host:port such as 127.0.0.1:10870, or 0.0.0.0:10870 for every interface"
        )
    return match[1] or match[2], int(match[3])


def _address(value: str) -> str:
    split_address(value)
    return value


_WEB_ADDRESS = re.compile(
    r"https?://([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?"
)


def _web_address(value: str) -> str:
    if _WEB_ADDRESS.fullmatch(value) is None:
        raise ValueError(
            "expected https://HOST, https://HOST:PORT or https://HOST/PATH, with no account, "
            "query or fragment in it"
        )
    return value.rstrip("/")


Timezone = Annotated[str, AfterValidator(_timezone), Field(examples=["Europe/Berlin"])]
"""A name of the IANA time zone database."""

Address = Annotated[str, AfterValidator(_address), Field(examples=["127.0.0.1:10870"])]
"""``host:port``."""

WebAddress = Annotated[
    str, AfterValidator(_web_address), Field(examples=["https://slipwatch.acme.example"])
]
"""Where people find a site; it never ends with a slash."""


def web_address(value: str, *, expected: str, pure: str, with_query: bool = False) -> str:
    """Refuse what is no plain web address, without repeating it: it may hold a password.

    Raises ``ValueError`` with one of the two messages.
    """
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(expected) from None
    if not usable:
        raise ValueError(expected)
    if "@" in parts.netloc or parts.fragment or (parts.query and not with_query):
        raise ValueError(pure)
    return value if with_query else value.rstrip("/")


def _document_address(value: str) -> str:
    return web_address(
        value,
        expected="expected an address such as https://kpi.example/api/onboarding",
        pure="an address holds no credentials: write them in `token_env`",
        with_query=True,
    )


DocumentAddress = Annotated[
    str, AfterValidator(_document_address), Field(examples=["https://kpi.example/api/onboarding"])
]
"""Where a document is fetched; a query may be part of it."""

_SEGMENT = re.compile(
    r"\.(?P<name>[^\W\d]\w*)|\['(?P<single>[^'\\]*)'\]|\[\"(?P<double>[^\"\\]*)\"\]"
    r"|\[(?P<index>0|-?[1-9][0-9]*)\]"
)


def json_path(text: str) -> tuple[str | int, ...]:
    """Read a JSONPath that names one place: a singular query of RFC 9535.

    ``$.data['a b'][0]`` gives ``("data", "a b", 0)``. Raises ``ValueError`` for any other.
    """
    steps: list[str | int] = []
    rest = text.strip()
    if not rest.startswith("$"):
        raise ValueError("a JSONPath begins with $, such as $.data.value")
    rest = rest[1:]
    while rest:
        match = _SEGMENT.match(rest)
        if match is None:
            raise ValueError(
                "expected a JSONPath that names one place, of .name, ['name'] and [0] only"
            )
        name, quoted, double, index = match.group("name", "single", "double", "index")
        steps.append(int(index) if index is not None else name or quoted or double or "")
        rest = rest[match.end() :]
    return tuple(steps)


def _one_place(value: str) -> str:
    json_path(value)
    return value


JsonPath = Annotated[
    str, Field(min_length=1), AfterValidator(_one_place), Field(examples=["$.data.value"])
]
"""A JSONPath that names one place of a document."""
