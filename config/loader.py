"""Load slipwatch.yaml, or say everything that is wrong with it at once."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from .checks import check_references
from .document import read_document
from .problems import ConfigError, Fault, Mark, Problem, Steps
from .settings import SlipwatchSettings
from .syntax import split_lines
from .tree import Mapping, Place, Scalar, describe
from .validation import Kinds, Validator, validate
from .web import WebSettings

__all__ = ["Check", "ConfigError", "Problem", "load_settings", "load_web_settings"]

Check = Callable[[SlipwatchSettings], Iterable[tuple[Steps, str]]]
"""Further judgement on settings that are sound by themselves: keys and what is wrong with them.

Of a file with other problems, it is shown the parts that are sound, and defaults for the rest.
"""


def load_settings(path: Path, *, kinds: Kinds, checks: Iterable[Check] = ()) -> SlipwatchSettings:
    """Load and check the operator's file; relative paths in it start at its folder.

    ``kinds`` holds the settings of each kind of source; ``checks`` know what the settings
    themselves do not (whether a rule takes a threshold is known to the rules). Raises
    ``ConfigError`` with all problems that can be told together: what is no YAML hides the rest.
    """
    file = str(path)
    try:
        return _load(_read(path), path.absolute().parent, kinds, checks)
    except _FaultsError as error:
        raise ConfigError(fault.within(file) for fault in error.faults) from None


def load_web_settings(path: Path) -> WebSettings:
    """Load and check a web config file; relative paths in it start at its folder.

    Raises ``ConfigError`` with all problems.
    """
    try:
        return _load_web(_read(path), path.absolute().parent)
    except _FaultsError as error:
        raise ConfigError(fault.within(str(path)) for fault in error.faults) from None


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
    sound = settings or Validator(folder, kinds).settings(_sound_part(root, faults))
    if sound is not None:
        faults = (*faults, *_judge(sound, place, checks))
    if faults or settings is None:
        raise _FaultsError(*faults)
    return settings


def _load_web(text: str, folder: Path) -> WebSettings:
    document = read_document(text)
    root = document.root
    if root is None or (isinstance(root, Scalar) and root.value is None):
        root = Mapping(mark=Mark(1, 1))
    settings, faults = validate(WebSettings, Place(root), folder)
    if settings is None or document.faults:
        raise _FaultsError(*document.faults, *faults)
    return settings


def _sound_part(root: Mapping, faults: Iterable[Fault]) -> Place:
    """Leave out the keys at the top below which something is wrong."""
    broken = {fault.steps[0] for fault in faults if fault.steps}
    entries = {key: node for key, node in root.entries.items() if key not in broken}
    return Place(replace(root, entries=entries))


def _judge(settings: SlipwatchSettings, root: Place, checks: Iterable[Check]) -> Iterator[Fault]:
    for check in checks:
        for steps, message in check(settings):
            yield Fault(_mark(root, steps), steps, message)


def _mark(root: Place, steps: Steps) -> Mark:
    """Find where a value is written: of a mapping its key, which may be lines above it."""
    place, mark = root, root.node.mark
    for step in steps:
        child = place.child(step)
        if child is None:
            break
        keys = place.node.keys if isinstance(place.node, Mapping) else {}
        whole = isinstance(child.node, Mapping)
        place, mark = child, keys.get(str(step), mark) if whole else child.node.mark
    return mark


def _of_file(message: str) -> Fault:
    return Fault(Mark(1, 1), (), message)


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise _FaultsError(
            _of_file(
                "there is no such file: name it with --config FILE or SLIPWATCH_CONFIG, or let "
                "`slipwatch init` write one"
            )
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
