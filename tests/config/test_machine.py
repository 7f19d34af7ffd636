"""Where a machine's people are."""

import pytest

from slipwatch.config.machine import country_of, is_timezone, local_timezone


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/Berlin", "DE"),
        ("America/New_York", "US"),
        ("Asia/Kolkata", "IN"),
        ("UTC", None),
        ("Nowhere/Land", None),
    ],
)
def test_a_time_zone_has_the_holidays_of_its_country(zone: str, country: str | None) -> None:
    assert country_of(zone) == country


@pytest.mark.parametrize("zone", ["Europe", "", "../../etc/passwd", "Europe/Berlim", "\x00"])
def test_what_is_no_time_zone_is_told_apart(zone: str) -> None:
    assert not is_timezone(zone)


def test_the_time_zone_of_the_shell_comes_before_that_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", ":Asia/Tokyo")
    assert local_timezone() == "Asia/Tokyo"

    monkeypatch.setenv("TZ", "CET-1CEST")
    assert local_timezone() != "CET-1CEST"
