"""One name for one person: accounts joined by the operator's file, pseudonyms on request."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from slipwatch.config.people import PersonSettings

_LENGTH = 10
"""Hexadecimal digits of a pseudonym: of a million people two share one with probability 0.4."""


def naming_mark(key: bytes | None) -> str:
    """Tell one way of naming people from another, without telling the key; empty for names."""
    return "" if key is None else hmac.new(key, b"naming", sha256).hexdigest()[:8]


class Names:
    """What people are called at every exit.

    With a ``key`` everybody whom a tracker or the list of people names gets a pseudonym, which is
    the same for the same key and cannot be turned back without it.
    """

    def __init__(
        self,
        people: Sequence[PersonSettings] = (),
        key: bytes | None = None,
        *,
        sources: Iterable[str] = (),
    ) -> None:
        self._key = key
        self._sources = tuple(sources)
        self._people = frozenset(person.id for person in people)
        self._joined: Mapping[tuple[str, str], str] = {
            (source, account): person.id
            for person in people
            for source, accounts in person.accounts.items()
            for account in accounts
        }

    @property
    def change_nothing(self) -> bool:
        """Whether everybody is called as the trackers do."""
        return not self._joined and self._key is None

    def identify(self, source: str, account: str) -> str:
        """Tell people apart: the id of the file, or else the account with its source."""
        return self._joined.get((source, account)) or f"{source}:{account}"

    def of_account(self, source: str, account: str) -> str:
        """Call whoever has an account in a source."""
        joined = self._joined.get((source, account))
        if self._key is not None:
            return self._pseudonym(joined or f"{source}:{account}")
        return joined or account

    def of_person(self, person: str) -> str:
        """Call somebody by what ``identify`` or the list of people says."""
        return person if self._key is None else self._pseudonym(person)

    def meant_by(self, written: str) -> frozenset[str]:
        """Give all that somebody may be called whom the file names by id or by an account.

        Roles keep the name that the file has for them, whatever trackers' accounts are called.
        """
        persons = {
            person for (_, account), person in self._joined.items() if account == written
        } | ({written} & self._people)
        found = {written, *map(self.of_person, persons)}
        if self._key is not None:
            found |= {self.of_account(source, written) for source in self._sources}
        return frozenset(found)

    def _pseudonym(self, person: str) -> str:
        assert self._key is not None
        return f"p-{hmac.new(self._key, person.encode(), sha256).hexdigest()[:_LENGTH]}"
