"""The part of JQL that connectors use: clauses joined by AND, and ORDER BY.

Whatever else somebody sends is refused with Jira's own kind of message, so that nothing is
ever answered by a query that was not understood. Dates follow Jira: an unquoted number is
epoch milliseconds, a quoted date is in the account's time zone, ``-15m`` is relative to now.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .jira_catalog import ISSUE_TYPES, STATUSES
from .jira_objects import JiraIssue
from .jira_site import JiraSite

Predicate = Callable[[JiraIssue], bool]
SortKey = tuple[object, ...]

_TOKEN = re.compile(
    r"""\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(!=|>=|<=|[=<>(),])|([^\s=!<>(),"']+))"""
)
_ALIASES = {"issuekey": "key", "id": "key", "issue": "key", "type": "issuetype"} | {
    "createddate": "created",
    "updateddate": "updated",
}
_CATEGORIES = {"to do": "new", "in progress": "indeterminate", "done": "done"}
_RELATIVE = re.compile(r"([+-]?)(\d+)([wdhm])")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_DATE_FORMATS = ("%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")
_COMPARISONS: dict[str, Callable[[object, object], bool]] = {
    ">": lambda left, right: left > right,  # type: ignore[operator] # one field has one type
    ">=": lambda left, right: left >= right,  # type: ignore[operator] # the same
    "<": lambda left, right: left < right,  # type: ignore[operator] # the same
    "<=": lambda left, right: left <= right,  # type: ignore[operator] # the same
}
_MAX_ORDER_FIELDS = 7


class JqlError(Exception):
    """The query is refused; the text is Jira's ``errorMessages`` entry."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    quoted: bool
    position: int

    def is_word(self, word: str) -> bool:
        return not self.quoted and self.text.upper() == word


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query that was understood."""

    predicates: tuple[Predicate, ...]
    order: tuple[tuple[str, bool], ...]
    """Field and whether it descends."""
    projects: frozenset[str] | None = None
    """The only projects that can match, where the query says so."""

    @property
    def bounded(self) -> bool:
        """Whether it restricts anything; Cloud refuses to search without."""
        return bool(self.predicates)

    def matches(self, issue: JiraIssue) -> bool:
        return all(predicate(issue) for predicate in self.predicates)

    def sort_key(self, issue: JiraIssue) -> SortKey:
        """Order issues; ends with the id, so that no two are equal."""
        parts: list[object] = []
        for name, descending in self.order:
            value = _SORT[name](issue)
            parts.extend(_negated(part) if descending else part for part in value)
        parts.append(issue.id)
        return tuple(parts)

    def run(self, site: JiraSite) -> list[tuple[SortKey, JiraIssue]]:
        """Return what matches with its sort keys, in order."""
        if self.projects is None:
            candidates: Sequence[JiraIssue] = list(site.issues.values())
        else:
            candidates = [
                issue for key in sorted(self.projects) for issue in site.projects[key].issues
            ]
        found = [(self.sort_key(issue), issue) for issue in candidates if self.matches(issue)]
        found.sort(key=lambda pair: pair[0])
        return found


def milliseconds(at: datetime) -> int:
    """Return a time as Jira's index holds it."""
    return round(at.timestamp() * 1000)


def _negated(part: int | str) -> object:
    if isinstance(part, int):
        return -part
    return (*(-ord(character) for character in part), 1)


_SORT: dict[str, Callable[[JiraIssue], tuple[int | str, ...]]] = {
    "key": lambda issue: (issue.project.key, issue.number),
    "created": lambda issue: (milliseconds(issue.created),),
    "updated": lambda issue: (milliseconds(issue.updated),),
    "project": lambda issue: (issue.project.name,),
    "status": lambda issue: (issue.status.name,),
    "issuetype": lambda issue: (issue.type.name,),
}


def parse(text: str, site: JiraSite, now: datetime) -> Query:
    """Understand a query, or raise ``JqlError``."""
    return _Parser(text, site, now).query()


class _Parser:
    def __init__(self, text: str, site: JiraSite, now: datetime) -> None:
        self._site = site
        self._now = now
        self._tokens = _tokenize(text)
        self._next = 0
        self._predicates: list[Predicate] = []
        self._projects: frozenset[str] | None = None

    def query(self) -> Query:
        order: list[tuple[str, bool]] = [("key", True)]
        if not self._done() and not self._peek().is_word("ORDER"):
            self._clause()
            while not self._done() and self._peek().is_word("AND"):
                self._take()
                self._clause()
        if not self._done():
            self._expect("ORDER", "either 'ORDER BY' or 'AND'")
            self._expect("BY", "'BY'")
            order = self._order()
        if not self._done():
            raise self._unexpected("the end of the query", self._peek())
        return Query(
            predicates=tuple(self._predicates), order=tuple(order), projects=self._projects
        )

    def _done(self) -> bool:
        return self._next >= len(self._tokens)

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        if self._done():
            raise JqlError("Error in the JQL Query: the query ends too early.")
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, word: str, wanted: str) -> None:
        token = self._take()
        if not token.is_word(word):
            raise self._unexpected(wanted, token)

    def _unexpected(self, wanted: str, token: _Token) -> JqlError:
        return JqlError(
            f"Error in the JQL Query: Expecting {wanted} but got '{token.text}'. "
            f"(line 1, character {token.position + 1})"
        )

    def _field(self) -> str:
        name = self._take().text
        lower = name.lower()
        field = _ALIASES.get(lower, lower)
        if field not in _SORT and field not in ("fixversion", "statuscategory"):
            raise JqlError(
                f"Field '{name}' does not exist or you do not have permission to view it."
            )
        return field

    def _clause(self) -> None:
        field = self._field()
        operator = self._take()
        if field in ("created", "updated"):
            self._date_clause(field, operator)
        elif field == "key" and operator.text in _COMPARISONS:
            issue = self._issue(self._take().text)
            self._compare(field, operator.text, (issue.project.key, issue.number))
        else:
            self._equality_clause(field, operator)

    def _date_clause(self, field: str, operator: _Token) -> None:
        if operator.text not in _COMPARISONS:
            raise self._unexpected("one of '>', '>=', '<', '<='", operator)
        self._compare(field, operator.text, (self._instant(field, self._take()),))

    def _compare(self, field: str, operator: str, value: tuple[int | str, ...]) -> None:
        read, compare = _SORT[field], _COMPARISONS[operator]
        self._predicates.append(lambda issue: compare(read(issue), value))

    def _equality_clause(self, field: str, operator: _Token) -> None:
        negated = operator.text == "!=" or operator.is_word("NOT")
        if operator.is_word("NOT"):
            operator = self._take()
        if operator.is_word("IN"):
            values = self._list()
        elif operator.text in ("=", "!="):
            values = [self._take().text]
        else:
            raise self._unexpected("one of '=', '!=', 'IN', 'NOT IN'", operator)
        if field == "project" and not negated:
            self._narrow(values)
            return
        test = self._test(field, values)
        self._predicates.append((lambda issue: not test(issue)) if negated else test)

    def _narrow(self, values: list[str]) -> None:
        keys = frozenset(self._project(value) for value in values)
        self._projects = keys if self._projects is None else self._projects & keys
        self._predicates.append(lambda issue: issue.project.key in keys)

    def _list(self) -> list[str]:
        values: list[str] = []
        opening = self._take()
        if opening.text != "(":
            raise self._unexpected("'('", opening)
        while True:
            values.append(self._take().text)
            separator = self._take()
            if separator.text == ")":
                return values
            if separator.text != ",":
                raise self._unexpected("')' or ','", separator)

    def _test(self, field: str, values: list[str]) -> Predicate:
        match field:
            case "project":
                keys = {self._project(value) for value in values}
                return lambda issue: issue.project.key in keys
            case "key":
                ids = {self._issue(value).id for value in values}
                return lambda issue: issue.id in ids
            case "fixversion":
                versions = set[int]().union(*(self._versions(value) for value in values))
                return lambda issue: any(version.id in versions for version in issue.versions)
            case "issuetype":
                types = {self._named(field, value, ISSUE_TYPES) for value in values}
                return lambda issue: issue.type.name in types
            case "status":
                statuses = {self._named(field, value, STATUSES) for value in values}
                return lambda issue: issue.status.name in statuses
            case _:
                categories = {self._category(value) for value in values}
                return lambda issue: issue.status.category in categories

    def _project(self, value: str) -> str:
        for project in self._site.projects.values():
            if value.lower() in (project.key.lower(), project.name.lower(), str(project.id)):
                return project.key
        raise _unknown("project", value)

    def _issue(self, value: str) -> JiraIssue:
        issue = self._site.by_key.get(value.upper())
        if issue is None and value.isdecimal():
            issue = self._site.issues.get(int(value))
        if issue is None:
            raise JqlError(f"An issue with key '{value}' does not exist for field 'key'.")
        return issue

    def _versions(self, value: str) -> set[int]:
        found = {
            version.id
            for project in self._site.projects.values()
            for version in project.versions
            if value.lower() == version.name.lower() or value == str(version.id)
        }
        if not found:
            raise _unknown("fixVersion", value)
        return found

    def _category(self, value: str) -> str:
        if value.lower() in _CATEGORIES:
            return _CATEGORIES[value.lower()]
        if value in _CATEGORIES.values():
            return value
        raise _unknown("statusCategory", value)

    def _named(self, field: str, value: str, known: Mapping[str, object]) -> str:
        for name in known:
            if name.lower() == value.lower():
                return name
        raise _unknown(field, value)

    def _instant(self, field: str, token: _Token) -> int:
        if not token.quoted and token.text.isdecimal():
            return int(token.text)
        relative = _RELATIVE.fullmatch(token.text)
        if relative is not None:
            span = timedelta(**{_UNITS[relative[3]]: int(relative[2])})
            return milliseconds(self._now + span if relative[1] == "+" else self._now - span)
        for pattern in _DATE_FORMATS:
            try:
                local = datetime.strptime(token.text, pattern)  # noqa: DTZ007 - zone set below
            except ValueError:
                continue
            zone = ZoneInfo(self._site.timezone)
            return milliseconds(local.replace(tzinfo=zone).astimezone(UTC))
        raise JqlError(
            f"Date value '{token.text}' for field '{field}' is invalid. Valid formats include: "
            "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', "
            "or a period format e.g. '-5d', '4w 2d'."
        )

    def _order(self) -> list[tuple[str, bool]]:
        order: list[tuple[str, bool]] = []
        while True:
            field = self._field()
            if field not in _SORT:
                raise JqlError(f"Not able to sort using field '{field}'.")
            descending = False
            if not self._done() and self._peek().text.upper() in ("ASC", "DESC"):
                descending = self._take().text.upper() == "DESC"
            order.append((field, descending))
            if self._done() or self._peek().text != ",":
                break
            self._take()
        if len(order) > _MAX_ORDER_FIELDS:
            raise JqlError(f"The maximum number of fields to sort by is {_MAX_ORDER_FIELDS}.")
        return order


def _unknown(field: str, value: str) -> JqlError:
    return JqlError(f"The value '{value}' does not exist for the field '{field}'.")


def _tokenize(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise JqlError(
                f"Error in the JQL Query: The character '{stripped[position]}' is not expected. "
                f"(line 1, character {position + 1})"
            )
        quoted, operator, word = match.groups()
        if quoted is not None:
            content = re.sub(r"\\(.)", r"\1", quoted[1:-1])
            tokens.append(_Token(content, True, match.start(1)))
        else:
            tokens.append(_Token(operator or word, False, match.end() - len(operator or word)))
        position = match.end()
    return tokens
