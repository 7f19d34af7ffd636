"""Puts files where they belong, whole or not at all."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def save(path: Path, text: str, *, check: Callable[[Path], object]) -> None:
    """Write a file that ``check`` accepts, in place of what is there; raises what it raises."""
    folder = path.absolute().parent
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=folder)
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        draft.chmod(0o666 & ~_umask())
        check(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def save_secret(path: Path, secret: str) -> None:
    """Write a secret into a new file that nobody else may read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{secret}\n")


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
