"""Load slipwatch.yaml, or say everything that is wrong with it at once."""

from pathlib import Path

from .checks import check_references
from .document import read_document
from .problems import ConfigError, Fault, Mark, Problem
from .settings import SlipwatchSettings
from .syntax import split_lines
from .tree import Mapping, Place, Scalar, describe
from .validation import Kinds, Validator

__all__ = ["ConfigError", "Problem", "load_settings"]


def load_settings(path: Path, *, kinds: Kinds) -> SlipwatchSettings:
    """Load and check the operator's file; relative paths in it start at its folder.

    ``kinds`` holds the settings of each kind of source. Raises ``ConfigError`` with all problems
    that can be told together: what is no YAML hides the rest.
    """
    file = str(path)
    try:
        return _load(_read(path), folder=path.absolute().parent, kinds=kinds)
    except _FaultsError as error:
        raise ConfigError(fault.within(file) for fault in error.faults) from None


class _FaultsError(Exception):
    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = faults


def _load(text: str, *, folder: Path, kinds: Kinds) -> SlipwatchSettings:
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
    faults = (*document.faults, *validator.faults, *check_references(place))
    if faults or settings is None:
        raise _FaultsError(*faults)
    return settings


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
