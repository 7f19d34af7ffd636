"""One run of `slipwatch init`: what was given is taken, the rest is asked or proposed."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from slipwatch.aggregator.connector import Explores, FoundScope, SourceError
from slipwatch.config.base import MissingSecretError

from ..wiring import Clock
from . import finding, tokens
from .asking import Terminal
from .finding import Candidate, GivenError
from .findings import Source
from .menu import Entry, Menu
from .tokens import Token

_ALL_OF = "/*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line says."""

    urls: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    """The n-th belongs to the n-th URL; empty for none."""
    tokens: tuple[Token, ...] = ()
    """The same."""
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """By what a selector calls them: ``project``, ``repository``."""
    groups: tuple[str, ...] = ()
    everything: bool = False
    further: Mapping[str, str] = field(default_factory=dict[str, str])
    """Keys that every source gets, such as ``ca_file``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What is left to be done about typed tokens."""

    to_save: Mapping[Path, str] = field(default_factory=dict[Path, str], repr=False)
    to_export: tuple[str, ...] = ()
    """Names of variables."""


class Session:
    """Finds the sources."""

    def __init__(self, terminal: Terminal, given: Given, *, now: Clock, folder: Path) -> None:
        self._terminal = terminal
        self._given = given
        self._now = now
        self._folder = folder
        self._sources: list[Source] = []
        self._to_save: dict[Path, str] = {}
        self._to_export: list[str] = []
        self._found: set[str] = set()
        self._left_out: dict[str, str] = {}

    @property
    def secrets(self) -> Secrets:
        """What is to be done about the tokens that were typed in."""
        return Secrets(to_save=dict(self._to_save), to_export=tuple(self._to_export))

    def sources(self) -> tuple[Source, ...]:
        """Find all sources; raises ``GivenError``, ``MissingSecretError``, ``SourceError``.

        What is wrong with an address that was typed in is told, and it is asked for again.
        """
        for number, url in enumerate(self._given.urls):
            self._sources.append(self._source(url, number))
        self._check_found()
        if not self._given.urls:
            self._sources.append(self._asked())
        while self._terminal.talks and self._terminal.confirm("Another source?", default=False):
            self._sources.append(self._asked())
        return tuple(self._sources)

    def _asked(self) -> Source:
        if not self._terminal.talks:
            raise GivenError(
                "nobody is there to be asked: name the sources with --url, their tokens with "
                "--token-env or --token-file, and what to watch with --project or --repository"
            )
        while True:
            url = self._terminal.ask("Address of Jira, GitHub, … as your browser shows it")
            try:
                return self._source(url, None)
            except (GivenError, MissingSecretError, SourceError) as error:
                self._terminal.tell(str(error))

    def _source(self, url: str, number: int | None) -> Source:
        found = finding.candidates(url)
        email = self._email(found, number)
        held = self._tokens(found, number)
        one, source = finding.identify(
            [one for one in found if one.kind in held],
            name=lambda one: self._free_name(one.kind),
            settings=lambda one: self._settings(one, email, held[one.kind]),
            now=self._now,
            folder=self._folder,
        )
        site = source.site
        self._terminal.tell(f"{site.product}; the token belongs to {site.account}.")
        for what in site.lacking:
            self._terminal.tell(f"It cannot {what}.")
        with finding.opened(one, source, now=self._now, folder=self._folder) as connector:
            source = self._explored(connector, one, source)
        return self._referring(source, held[one.kind])

    def _settings(self, one: Candidate, email: str, token: Token) -> dict[str, object]:
        auth: dict[str, object] = {"token": dict(token.reference)}
        if email and one.address.account is not False:
            auth = {"email": email, **auth}
        return {**one.address.settings, "auth": auth, **self._given.further}

    def _free_name(self, kind: str) -> str:
        taken = {source.name for source in self._sources}
        name, number = kind, 2
        while name in taken:
            name, number = f"{kind}-{number}", number + 1
        return name

    def _email(self, found: Sequence[Candidate], number: int | None) -> str:
        """Give the e-mail address of the account, where one may belong to the token."""
        wanted = [one.address.account for one in found if one.address.account is not False]
        if number is not None and number < len(self._given.emails):
            return self._given.emails[number]
        if not wanted:
            return ""
        needed = all(wanted) and len(wanted) == len(found)
        if not self._terminal.talks:
            if needed:
                raise GivenError("this site wants an account with its token: add --email")
            return ""
        if needed:
            return self._terminal.ask("E-mail address of the account")
        return self._terminal.ask("E-mail address of the account (Jira Cloud only; else Enter)", "")

    def _tokens(self, found: Sequence[Candidate], number: int | None) -> dict[str, Token]:
        """Give the token for each kind that the source may be of; usually it is the same."""
        if number is not None and number < len(self._given.tokens):
            return {one.kind: self._given.tokens[number] for one in found}
        variables = {one.kind: tokens.variable_of(self._free_name(one.kind)) for one in found}
        if not self._terminal.talks:
            return _of_environment(variables)
        for one in found:
            self._terminal.tell(one.guide.credentials)
        token = self._asked_token(next(iter(variables.values())))
        return {one.kind: token for one in found}

    def _asked_token(self, variable: str) -> Token:
        secret = self._terminal.ask_hidden(
            "Token (not shown; Enter alone to name a variable or a file that holds it)"
        )
        if secret:
            return tokens.typed(secret, f"SLIPWATCH_INIT_{len(self._sources)}")
        place = self._terminal.ask("Variable, or path of a file", variable)
        if "/" in place or "." in place:
            return tokens.from_file(Path(place), self._folder)
        return tokens.from_variable(place)

    def _explored(self, connector: Explores, one: Candidate, source: Source) -> Source:
        """Choose scopes, look into them, and read some of their items."""
        chosen, groups = self._scopes(connector, one, source)
        with self._terminal.waiting("Looking for open milestones") as tell:
            looked, left_out = finding.look_into(connector, chosen, tell)
            if groups:
                inside, _ = finding.look_into(connector, list(connector.explore(groups)), tell)
                looked += [scope for scope in inside if scope.milestones]
            if len(chosen) > finding.MOST_SCOPES:
                self._terminal.tell(
                    f"{finding.MOST_SCOPES} of {len(chosen)} {one.guide.scopes} were looked into; "
                    "`discover` finds the milestones of the others with the first sync."
                )
        looked = _each_once(looked)
        with self._terminal.waiting("Looking for links between open items") as tell:
            samples = finding.sample(connector, looked, tell)
        self._found |= {scope.scope for scope in chosen} - left_out.keys()
        self._left_out |= left_out
        if len(self._given.urls) < 2:
            if not looked:
                raise SourceError("\n".join(left_out.values()) or _nothing(source))
            for reason in left_out.values():
                self._terminal.tell(f"left out: {reason}")
        return replace(source, scopes=tuple(looked), groups=groups, samples=samples)

    def _scopes(
        self, connector: Explores, one: Candidate, source: Source
    ) -> tuple[list[FoundScope], tuple[str, ...]]:
        """Give the chosen scopes, and the groups that are to be read whole."""
        named = self._given.scopes.get(one.guide.scope, ())
        wanted = [scope for scope in named if finding.is_scope(one, source, scope, self._folder)]
        groups = self._given.groups if one.guide.groups is not None else ()
        if len(self._given.urls) < 2 and len(wanted) < len(named):
            raise _unfit(next(scope for scope in named if scope not in wanted), [source])
        if named or groups:
            return [FoundScope(scope=scope, title=scope) for scope in wanted], groups
        if self._given.everything:
            return self._all(connector, one, source), ()
        address = one.address
        if not self._terminal.talks:
            if address.scopes or address.groups:
                found = [FoundScope(scope=scope, title=scope) for scope in address.scopes]
                return found, address.groups
            raise GivenError(
                f"{source.name}: what is to be watched? name it with --{one.guide.scope} "
                f"{one.guide.example}, or take --all"
            )
        return self._choose(connector, one, source)

    def _all(self, connector: Explores, one: Candidate, source: Source) -> list[FoundScope]:
        """List what can be written down: a site may have keys of forms of its own."""
        with self._terminal.waiting(f"Listing {source.guide.scopes}") as tell:
            found: list[FoundScope] = []
            for scope in connector.explore():
                if finding.is_scope(one, source, scope.scope, self._folder):
                    found.append(scope)
                    tell(str(len(found)))
        if not found:
            raise SourceError(
                f"{source.name}: the account sees no {source.guide.scopes}: check the "
                f"permissions of {source.site.account}"
            )
        return found

    def _choose(
        self, connector: Explores, one: Candidate, source: Source
    ) -> tuple[list[FoundScope], tuple[str, ...]]:
        found = {scope.scope: scope for scope in self._all(connector, one, source)}
        entries = [
            Entry(key=s.scope, label=s.title, details=_open_items(s)) for s in found.values()
        ]
        menu = Menu(entries)
        about = {scope.casefold() for scope in one.address.scopes}
        menu.chosen.update(
            (place, None) for place, e in enumerate(entries) if e.key.casefold() in about
        )
        self._terminal.tell(f"{len(entries)} {one.guide.scopes}:")
        whole = f"{one.guide.example.partition('/')[0]}{_ALL_OF}, " if one.guide.groups else ""
        question = (
            f"Which {one.guide.scopes} (numbers, 1-3, all, {whole}or a part of a name to search)"
        )

        def others(answer: str) -> str | None:
            is_group = one.guide.groups is not None and answer.endswith(_ALL_OF)
            if is_group or finding.is_scope(one, source, answer, self._folder):
                return answer
            return None

        while not (keys := self._terminal.choose(menu, question, others=others)):
            self._terminal.tell("Choose at least one.")
        groups = tuple(key.removesuffix(_ALL_OF) for key in keys if key.endswith(_ALL_OF))
        scopes = [key for key in keys if not key.endswith(_ALL_OF)]
        return [found.get(key) or FoundScope(scope=key, title=key) for key in scopes], groups

    def _referring(self, source: Source, token: Token) -> Source:
        """Let the source refer to where its token is going to be."""
        if token.typed is None:
            return source
        variable = tokens.variable_of(source.name)
        answer = self._terminal.ask(
            f"File to keep the token in, for you alone (Enter: none, you set {variable})", ""
        )
        while answer and self._is_taken(Path(answer).expanduser()):
            answer = self._terminal.ask(f"{answer} is there already; another file", "")
        if answer:
            path = Path(answer).expanduser()
            self._to_save[path] = token.typed
            reference = {"file": tokens.seen_from(self._folder, path)}
        else:
            self._to_export.append(variable)
            reference = {"env": variable}
        auth = source.settings["auth"]
        assert isinstance(auth, dict)
        return replace(source, settings={**source.settings, "auth": {**auth, "token": reference}})

    def _is_taken(self, path: Path) -> bool:
        return path.exists() or path.absolute() in {one.absolute() for one in self._to_save}

    def _check_found(self) -> None:
        """With several sources, each scope that was named has to be in one of them."""
        named = {scope for scopes in self._given.scopes.values() for scope in scopes}
        for scope in sorted(named - self._found):
            if scope in self._left_out:
                raise SourceError(self._left_out[scope])
            raise _unfit(scope, self._sources)
        for source in self._sources:
            if not source.scopes:
                raise SourceError(_nothing(source))


def _of_environment(variables: Mapping[str, str]) -> dict[str, Token]:
    """Find the tokens of kinds in the variables named after them."""
    held: dict[str, Token] = {}
    for kind, variable in variables.items():
        with suppress(MissingSecretError):  # another kind's may be there
            held[kind] = tokens.from_variable(variable)
    if not held:
        raise GivenError(
            "there is no token: name it with --token-env or --token-file, or set "
            + " or ".join(variables.values())
        )
    return held


def _each_once(scopes: Sequence[FoundScope]) -> list[FoundScope]:
    """Leave out what was named twice, in capitals or by a former name."""
    first: dict[str, FoundScope] = {}
    for scope in scopes:
        first.setdefault(scope.scope.casefold(), scope)
    return list(first.values())


def _unfit(scope: str, sources: Sequence[Source]) -> GivenError:
    examples = " or ".join(sorted({source.guide.example for source in sources}))
    return GivenError(f"no source can have {scope}: write it as in {examples}")


def _nothing(source: Source) -> str:
    return (
        f"{source.name}: there is nothing to watch: no {source.guide.scope} was named that "
        "exists there and has open milestones"
    )


def _open_items(scope: FoundScope) -> str:
    return "" if scope.open_items is None else f"{scope.open_items} open"
