"""Reads a measure from a file of rows with a time and a value: all of them are its history."""

import csv
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from slipwatch.aggregator.connector import Context, Retry, Stop
from slipwatch.config.strategy import CsvMeasureSettings

from ..values import moment, number
from .sample import Sample

_SEPARATORS = ",;\t"


def read(
    name: str, settings: CsvMeasureSettings, _context: Context, zone: ZoneInfo
) -> list[Sample]:
    """Read all rows, the newest last; those without a value are left out.

    Raises ``Retry`` where no row has one, ``Stop`` for a file that is not as it should be.
    """
    try:
        text = settings.path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Stop(f"{name}: there is no file {settings.path}: check path") from None
    except UnicodeDecodeError:
        raise Stop(f"{name}: {settings.path.name} is not UTF-8: save it as CSV UTF-8") from None
    except OSError as error:
        raise Retry(f"{name}: {settings.path}: {error.strerror}") from None
    samples = sorted(_rows(name, settings, text, zone), key=lambda sample: sample.at)
    if not samples:
        raise Retry(f"{name}: {settings.path.name} holds no row with a value")
    return samples


def _rows(name: str, settings: CsvMeasureSettings, text: str, zone: ZoneInfo) -> Iterator[Sample]:
    head = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.DictReader(text.splitlines(), delimiter=separator)
    columns = [column.strip() for column in reader.fieldnames or ()]
    reader.fieldnames = columns
    for wanted in (settings.time, settings.value):
        if wanted not in columns:
            raise Stop(f"{name}: {settings.path.name} has no column {wanted}: check `measure`")
    for row in reader:
        try:
            value = number(row[settings.value])
            if value is not None:
                yield Sample(value, moment(row[settings.time] or "", zone))
        except ValueError as error:
            raise Stop(f"{name}: line {reader.line_num} of {settings.path.name}: {error}") from None
