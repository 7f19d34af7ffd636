"""Where a token is: in a variable, in a file, or typed in and held in memory until it is saved.

What is written down is a reference. A typed token reaches the connectors as a variable of this
process, which no other process sees.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from slipwatch.config.base import Secret

from .finding import GivenError


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token by reference."""

    reference: Mapping[str, str]
    """``env`` or ``file``, as ``auth`` takes it."""
    typed: str | None = field(default=None, repr=False)
    """The token itself, where it was typed in."""


def from_variable(name: str) -> Token:
    """Take the token of an environment variable; raises ``GivenError``."""
    _secret({"env": name})
    return Token(reference={"env": name})


def from_file(path: Path, folder: Path) -> Token:
    """Take the token in a file, named as seen from the folder of slipwatch.yaml."""
    whole = path.expanduser().absolute()
    _secret({"file": str(whole)})
    return Token(reference={"file": seen_from(folder, whole)})


def typed(token: str, variable: str) -> Token:
    """Hold a token that was typed in; ``variable`` makes it known within this process."""
    os.environ[variable] = token
    return Token(reference={"env": variable}, typed=token)


def seen_from(folder: Path, path: Path) -> str:
    """Write a path as slipwatch.yaml does: relative to its folder, where it is below that."""
    whole, home = path.absolute(), folder.absolute()
    return str(whole.relative_to(home) if whole.is_relative_to(home) else whole)


def variable_of(source: str) -> str:
    """Name the variable that is to hold a source's token."""
    return f"{source.upper().replace('-', '_').replace('.', '_')}_TOKEN"


def _secret(reference: Mapping[str, str]) -> None:
    """Check that there is a secret; raises ``MissingSecretError`` or ``GivenError``."""
    try:
        secret = Secret.model_validate(reference)
    except ValidationError as error:
        raise GivenError(f"token: {error.errors()[0]['msg']}") from None
    secret.reveal()
