"""Who works at the simulated company, on what, and how far they are on the first day."""

from dataclasses import dataclass

from .people import User


def _user(number: int, login: str, name: str) -> User:
    return User(login, name, 1000 + number)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlan:
    """A release that is open on the first day; weeks count from there, dates are Fridays."""

    name: str
    due: int
    remaining: int
    done: int = 0
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPlan:
    """A team: ``scope`` is its project or repository, releases before are named by ``earlier``."""

    name: str
    scope: str
    title: str
    members: tuple[User, ...]
    pace: float
    earlier: str
    releases: tuple[ReleasePlan, ...]


PAYMENTS = TeamPlan(
    name="payments",
    scope="PAY",
    title="Payments",
    members=(
        _user(1, "ana", "Ana Lima"),
        _user(2, "bo", "Bo Chen"),
        _user(3, "cem", "Cem Aydin"),
    ),
    pace=7.0,
    earlier="Payments 1.",
    releases=(
        ReleasePlan(name="Payments 2.0", due=6, remaining=20, done=34),
        ReleasePlan(name="Payments 2.1", due=13, remaining=20),
    ),
)
WEB = TeamPlan(
    name="web",
    scope="WEB",
    title="Storefront",
    members=(
        _user(4, "dee", "Dee O'Neil"),
        _user(5, "eli", "Eli Novak"),
        _user(6, "fay", "Fay Ito"),
    ),
    pace=6.0,
    earlier="Storefront 3.",
    releases=(
        ReleasePlan(name="Cart redesign", due=6, remaining=12, done=32),
        ReleasePlan(name="Storefront 4.0", due=13, remaining=18),
    ),
)
MOBILE = TeamPlan(
    name="mobile",
    scope="acme/mobile",
    title="Mobile app",
    members=(_user(7, "gus", "Gus Adeyemi"), _user(8, "hana", "Hana Kim")),
    pace=5.0,
    earlier="App 4.",
    releases=(
        ReleasePlan(name="App 5.0", due=6, remaining=9, done=29),
        ReleasePlan(name="App 5.1", due=13, remaining=15),
    ),
)
IDENTITY = TeamPlan(
    name="identity",
    scope="IDENT",
    title="Identity",
    members=(
        _user(9, "ivo", "Ivo Petrov"),
        _user(10, "jun", "Jun Sato"),
        _user(11, "kim", "Kim Berg"),
    ),
    pace=8.0,
    earlier="Login 1.",
    releases=(
        ReleasePlan(name="Login 2.0", due=5, remaining=26, done=44),
        ReleasePlan(name="Passkeys", due=13, remaining=18),
    ),
)
API = TeamPlan(
    name="api",
    scope="acme/api",
    title="Public API",
    members=(
        _user(12, "lou", "Lou Martin"),
        _user(13, "mia", "Mia Rossi"),
        _user(14, "ned", "Ned Park"),
    ),
    pace=7.0,
    earlier="API 1.",
    releases=(
        ReleasePlan(name="Partner sandbox", due=2, remaining=5, held=True),
        ReleasePlan(name="API v2", due=6, remaining=16, done=34),
        ReleasePlan(name="API v2.1", due=13, remaining=16),
    ),
)
TEAMS = (PAYMENTS, WEB, MOBILE, IDENTITY, API)
