"""Sprints: in two forms inside of issues, and with boards in the agile API.

A sprint that is moved touches no issue, and keeps no history of its dates: the sprints of a
project's boards that are not over are listed at every pull. That costs one request per board;
which boards there are is asked once a day, and a sprint that has left the lists is asked for
itself, once. A sprint that was over before is known from the issues that were in it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar, cast

import msgspec

from slipwatch.aggregator.connector import Retry
from slipwatch.aggregator.records import MilestoneKind, TrackerMilestone

from ..answers import Answer
from .client import JiraClient
from .moves import sprint_id
from .payloads import Board, BoardPage, Sprint, SprintPage, day, epoch_ms, instant, text

_AGILE = "/rest/agile/1.0"
_PAGE = 50
_MOST_PAGES = 200
_BOARDS_HOLD = timedelta(days=1)
_REFUSED = (frozenset(range(400, 500)) | {501}) - {408, 425, 429}
"""No agile API, no permission for it, a board without sprints: none is worth an error."""
_NOT_FOUND = 404

_TOSTRING = re.compile(r"\[(?P<fields>.*)\]", re.DOTALL)
_NEXT_FIELD = re.compile(
    r",(?=(?:id|rapidViewId|state|name|startDate|endDate|completeDate|activatedDate|sequence|goal"
    r"|autoStartStop|synced|incompleteIssuesDestinationId)=)"
)

_P = TypeVar("_P", BoardPage, SprintPage)


class Known(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a cursor remembers: the boards with sprints, by project, and open sprints.

    ``at`` is when the boards were listed, in epoch milliseconds.
    """

    at: int = 0
    boards: dict[str, str] = {}
    open: list[str] = []


class Sprints:
    """The sprints of one project, as the agile API has them."""

    def __init__(
        self, client: JiraClient, *, scope: str, projects: Collection[str], now: datetime
    ) -> None:
        self._client = client
        self._scope = scope
        self._projects = projects
        self._now = now
        self.gone: tuple[str, ...] = ()

    def read(self, known: Known) -> tuple[list[Sprint], Known]:
        """List what is not over, and what has ended since; the second is to be remembered.

        Afterwards ``gone`` has the ids of what was deleted. Raises ``Retry`` when the site is in
        trouble.
        """
        if epoch_ms(self._now) - known.at >= _BOARDS_HOLD // timedelta(milliseconds=1):
            boards = {
                str(board.id): self._project(board)
                for board in self._boards()
                if board.type != "kanban"
            }
            known = Known(at=epoch_ms(self._now), boards=boards, open=known.open)
        listed: dict[str, Sprint] = {}
        with_sprints = dict(known.boards)
        for board in known.boards:
            found = self._open_sprints(board)
            if found is None:
                del with_sprints[board]
            for sprint in found or ():
                if (identity := text(sprint.id)) is not None:
                    listed[identity] = sprint
        asked = {each: self._sprint(each) for each in known.open if each not in listed}
        ended = [found for found in asked.values() if isinstance(found, Sprint)]
        if with_sprints.keys() == known.boards.keys():
            # The sprints of a board that may not be seen any more are not found either.
            self.gone = tuple(each for each, found in asked.items() if found == _NOT_FOUND)
        remembered = Known(at=known.at, boards=with_sprints, open=sorted(listed))
        return [*listed.values(), *ended], remembered

    def _project(self, board: Board) -> str:
        """Name the project that a board is kept in, if it is read too."""
        key = board.location.project_key if board.location is not None else None
        return key if key is not None and key in self._projects else ""

    def _boards(self) -> Iterator[Board]:
        for page in self._pages("board", {"projectKeyOrId": self._scope}, BoardPage):
            yield from page.values

    def _open_sprints(self, board: str) -> list[Sprint] | None:
        """List the sprints of a board that are not over; None for a board that has none ever."""
        pages = list(self._pages(f"board/{board}/sprint", {"state": "active,future"}, SprintPage))
        return [sprint for page in pages for sprint in page.values] if pages else None

    def _sprint(self, identity: str) -> Sprint | int:
        """Ask for a sprint; gives the status where it is refused."""
        path = f"{_AGILE}/sprint/{identity}"
        answer = self._client.get(path, accept=_REFUSED)
        return self._client.read(answer, path, Sprint) if answer.status == 200 else answer.status

    def _pages(self, path: str, parameters: Mapping[str, str], kind: type[_P]) -> Iterator[_P]:
        """Walk a listing to its end; nothing where it is refused."""
        place = f"{_AGILE}/{path}"
        got = 0
        for _ in range(_MOST_PAGES):
            asked: dict[str, str | int] = {**parameters, "startAt": got, "maxResults": _PAGE}
            answer: Answer = self._client.get(place, asked, accept=_REFUSED)
            if answer.status != 200:
                return
            page = self._client.read(answer, place, kind)
            yield page
            got += len(page.values)
            if not page.values or page.is_last or (page.total is not None and got >= page.total):
                return
            if page.is_last is None and page.total is None and len(page.values) < _PAGE:
                return
        raise Retry(f"{self._client.name}: {place} does not come to an end")


def sprints_in(value: object) -> Iterator[Sprint]:
    """Read the value of a sprint field: objects, or the strings that old Servers made of them."""
    for each in cast("list[object]", value) if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            yield msgspec.convert(each, Sprint)
        elif isinstance(each, str) and (sprint := _from_text(each)) is not None:
            yield sprint


def _from_text(written: str) -> Sprint | None:
    """Read ``com.atlassian.greenhopper.service.sprint.Sprint@1f[id=37,state=CLOSED,…]``."""
    inside = _TOSTRING.search(written)
    if inside is None:
        return None
    pairs = (part.partition("=") for part in _NEXT_FIELD.split(inside["fields"]))
    values = {name: value for name, _, value in pairs if value not in ("", "<null>")}
    return Sprint(
        id=values.get("id"),
        name=values.get("name"),
        state=values.get("state"),
        start_date=values.get("startDate"),
        end_date=values.get("endDate"),
        complete_date=values.get("completeDate"),
        board_id=values.get("rapidViewId"),
    )


def convert_sprint(
    sprint: Sprint, browse_url: str, *, scope: str, boards: Mapping[str, str]
) -> TrackerMilestone | None:
    """Convert a sprint; one on a board of another project belongs to that.

    None for one without an id.
    """
    identity = text(sprint.id)
    if identity is None:
        return None
    board = text(sprint.origin_board_id) or text(sprint.board_id)
    closed = (text(sprint.state) or "").casefold() == "closed"
    return TrackerMilestone(
        id=sprint_id(identity),
        scope=boards.get(board or "") or scope,
        kind=MilestoneKind.SPRINT,
        name=text(sprint.name) or "",
        url="" if board is None else f"{browse_url}/secure/RapidBoard.jspa?rapidView={board}",
        start_date=_day(sprint.start_date),
        due_date=_day(sprint.end_date),
        closed=closed,
        closed_on=_day(sprint.complete_date) if closed else None,
    )


def _day(value: object) -> date | None:
    """Read the day of a time as it is written, in the zone that the site chose to write it in."""
    read = day(value)
    if read is None and (at := instant(value)) is not None:
        return at.date()
    return read
