"""Boards and sprints of the simulated Jira: ``/rest/agile/1.0``, and what issues say of sprints.

Editing a sprint touches no issue and leaves no history, as in Jira. Issues of Cloud carry their
sprints as objects, those of Data Center as the strings that its Java makes of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.responses import Response

from .paging import Json, offset_page
from .routing import ApiError, Call, Route, encoded, route

_API = "/rest/agile/1.0"


@dataclass(slots=True, kw_only=True, eq=False)
class Sprint:
    """A time box of a board."""

    id: int
    name: str
    board: int
    start: datetime
    end: datetime
    state: str = "active"
    """``future``, ``active`` or ``closed``."""
    completed: datetime | None = None
    shared_with: tuple[int, ...] = ()
    """Further boards that show it."""


@dataclass(slots=True, kw_only=True, eq=False)
class AgileBoard:
    """A board of a project; a Kanban board has no sprints."""

    id: int
    name: str
    project: str
    """Its key."""
    kind: str = "scrum"


@dataclass(slots=True, eq=False)
class Agile:
    """All boards and sprints of a site, numbered apart from everything else."""

    boards: list[AgileBoard] = field(default_factory=list[AgileBoard])
    sprints: list[Sprint] = field(default_factory=list[Sprint])

    def add_board(self, project: str, name: str, kind: str = "scrum") -> AgileBoard:
        """Add a board."""
        board = AgileBoard(id=len(self.boards) + 1, name=name, project=project, kind=kind)
        self.boards.append(board)
        return board

    def add_sprint(self, board: AgileBoard, name: str, start: datetime, end: datetime) -> Sprint:
        """Plan a sprint."""
        number = len(self.sprints) + 1
        sprint = Sprint(id=number, name=name, board=board.id, start=start, end=end)
        self.sprints.append(sprint)
        return sprint


def as_object(sprint: Sprint) -> Json:
    """Write a sprint as issues of Cloud have it."""
    written: Json = {
        "id": sprint.id,
        "name": sprint.name,
        "state": sprint.state,
        "boardId": sprint.board,
        "goal": "",
        "startDate": _time(sprint.start),
        "endDate": _time(sprint.end),
    }
    return written | ({"completeDate": _time(sprint.completed)} if sprint.completed else {})


def as_text(sprint: Sprint) -> str:
    """Write a sprint as issues of Data Center have it."""
    fields = {
        "id": sprint.id,
        "rapidViewId": sprint.board,
        "state": sprint.state.upper(),
        "name": sprint.name,
        "startDate": _time(sprint.start),
        "endDate": _time(sprint.end),
        "completeDate": _time(sprint.completed) if sprint.completed else "<null>",
        "activatedDate": _time(sprint.start),
        "sequence": sprint.id,
        "goal": "",
    }
    inside = ",".join(f"{name}={value}" for name, value in fields.items())
    return f"com.atlassian.greenhopper.service.sprint.Sprint@{sprint.id:x}[{inside}]"


class AgileApi:
    """The agile API, as far as readers use it."""

    def __init__(self, agile: Agile) -> None:
        self._agile = agile
        self.routes: Sequence[Route] = (
            route("GET", f"{_API}/board", self._boards),
            route("GET", f"{_API}/board/{{board:int}}/sprint", self._sprints),
            route("GET", f"{_API}/sprint/{{sprint:int}}", self._sprint),
        )

    def _boards(self, call: Call) -> Response:
        project = call.query.get("projectKeyOrId")
        found: list[Json] = [
            {
                "id": board.id,
                "self": f"{call.base}{_API}/board/{board.id}",
                "name": board.name,
                "type": board.kind,
                "location": {"projectKey": board.project, "displayName": board.project},
            }
            for board in self._agile.boards
            if project in (None, board.project)
        ]
        return encoded(offset_page(call, found, largest=50))

    def _sprints(self, call: Call) -> Response:
        wanted = call.params["board"]
        board = next((one for one in self._agile.boards if str(one.id) == wanted), None)
        if board is None:
            raise ApiError(404, "The requested board cannot be viewed.")
        if board.kind == "kanban":
            raise ApiError(400, "The board does not support sprints")
        states = call.query.get("state", "future,active,closed").split(",")
        found = [
            self._written(call, sprint)
            for sprint in self._agile.sprints
            if board.id in (sprint.board, *sprint.shared_with) and sprint.state in states
        ]
        return encoded(offset_page(call, found, largest=50))

    def _sprint(self, call: Call) -> Response:
        for sprint in self._agile.sprints:
            if str(sprint.id) == call.params["sprint"]:
                return encoded(self._written(call, sprint))
        raise ApiError(404, "Sprint does not exist or you do not have permission to view it.")

    def _written(self, call: Call, sprint: Sprint) -> Json:
        written = as_object(sprint)
        written["originBoardId"] = written.pop("boardId")
        return written | {"self": f"{call.base}{_API}/sprint/{sprint.id}"}


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
