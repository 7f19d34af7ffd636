"""Load slipwatch.yaml, or say everything that is wrong with it at once."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .checks import check_references
from .document import read_document
from .problems import ConfigError, Fault, Mark, Problem, Steps
from .settings import SlipwatchSettings
from .syntax import split_lines
from .tree import Mapping, Place, Scalar, describe
from .validation import Kinds, Validator

__all__ = ["Check", "ConfigError", "Problem", "load_settings"]

Check = Callable[[SlipwatchSettings], Iterable[tuple[Steps, str]]]
"""Further judgement on settings that are sound by themselves: keys and what is wrong with them."""


def load_settings(path: Path, *, kinds: Kinds, checks: Iterable[Check] = ()) -> SlipwatchSettings:
    """Load and check the operator's file; relative paths in it start at its folder.

    ``kinds`` holds the settings of each kind of source; ``checks`` are asked about a file without
    other problems (whether a rule takes a threshold is known to the rules). Raises ``ConfigError``
    with all problems that can be told together: what is no YAML hides the rest.
    """
    file = str(path)
    try:
        return _load(_read(path), path.absolute().parent, kinds, checks)
    except _FaultsError as error:
        raise ConfigError(fault.within(file) for fault in error.faults) from None


class _FaultsError(Exception):
    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = faults


def _load(text: str, folder: Path, kinds: Kinds, checks: Iterable[Check]) -> SlipwatchSettings:
    document = read_document(text)
    if document.root is None and document.faults:
        raise _FaultsError(*document.faults)
    root = document.root
    if root is None or (isinstance(root, Scalar) and root.value is None):
        raise _FaultsError(
            _of_file("the file is empty: it needs at least `sources:` and `programs:`")
        )
    if not isinstance(root, Mapping):
        raise _FaultsError(
            *document.faults,
            Fault(root.mark, (), f"expected keys such as `programs:`, found {describe(root)}"),
        )
    place = Place(root)
    validator = Validator(folder, kinds)
    settings = validator.settings(place)
    unread = {fault.steps for fault in document.faults if fault.steps}
    later = (*validator.faults, *check_references(place))
    faults = (*document.faults, *(fault for fault in later if fault.steps not in unread))
    if faults or settings is None:
        raise _FaultsError(*faults)
    faults = tuple(_judge(settings, place, checks))
    if faults:
        raise _FaultsError(*faults)
    return settings


def _judge(settings: SlipwatchSettings, root: Place, checks: Iterable[Check]) -> Iterator[Fault]:
    for check in checks:
        for steps, message in check(settings):
            place = root
            for step in steps:
                place = place.child(step) or place
            yield Fault(place.node.mark, steps, message)


def _of_file(message: str) -> Fault:
    return Fault(Mark(1, 1), (), message)


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise _FaultsError(
            _of_file("there is no such file: name it with --config FILE or SLIPWATCH_CONFIG")
        ) from None
    except OSError as error:
        raise _FaultsError(_of_file(f"the file cannot be read: {error.strerror}")) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = split_lines(data[: error.start].decode("utf-8", errors="replace") + "|")
        raise _FaultsError(
            Fault(
                Mark(len(before), len(before[-1])),
                (),
                f"the byte 0x{data[error.start]:02X} is not UTF-8: save the file as UTF-8",
            )
        ) from None
