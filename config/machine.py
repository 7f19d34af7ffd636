"""What this machine says about where its people are: time zone and country."""

import os
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

_LOCAL = Path("/etc/localtime")
_NAMED = Path("/etc/timezone")


def local_timezone() -> str | None:
    """Name the machine's time zone as the IANA database does; None where it does not say."""
    named = [os.environ.get("TZ", "").removeprefix(":")]
    with suppress(OSError, ValueError):  # a machine need not say
        named.append(str(_LOCAL.resolve()).rpartition("/zoneinfo/")[2])
        named.append(_NAMED.read_text(encoding="ascii").strip())
    return next(filter(is_timezone, named), None)


def is_timezone(name: str) -> bool:
    """Say whether the IANA database knows a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a folder
        return False
    return True


def country_of(timezone: str) -> str | None:
    """Name the country of a time zone, if its public holidays are known.

    ``zone.tab`` of the IANA database lists each zone under one country.
    """
    table = files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        country, _, rest = line.partition("\t")
        if rest.split("\t")[1:2] == [timezone]:
            return country if country in holidays.list_supported_countries() else None
    return None
