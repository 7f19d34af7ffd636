"""People: one name for one person, and what is planned for them over time."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipwatch.aggregator.people.model import Allocation, Overload, Person, load_on, overloads
from slipwatch.aggregator.people.names import Names
from slipwatch.config.people import PersonSettings

TODAY = date(2026, 1, 5)
ANA = PersonSettings(id="ana", accounts={"jira": ("Ana Lima", "alima"), "github": ("ana-l",)})
KEY = b"0123456789abcdef"


def test_the_file_joins_the_accounts_of_one_person() -> None:
    names = Names([ANA])

    assert {names.of_account("jira", one) for one in ("Ana Lima", "alima")} == {"ana"}
    assert names.of_account("github", "ana-l") == names.identify("github", "ana-l") == "ana"
    assert names.of_account("gitlab", "ana-l") == "ana-l"


def test_the_same_account_in_two_sources_is_two_people_unless_the_file_joins_them() -> None:
    names = Names()

    assert names.identify("jira", "bo") != names.identify("github", "bo")


def test_pseudonyms_are_stable_keyed_and_one_for_each_person() -> None:
    names, again, other = Names([ANA], KEY), Names([ANA], KEY), Names([ANA], b"another key 12345")

    pseudonym = names.of_account("jira", "Ana Lima")

    assert pseudonym == names.of_account("github", "ana-l") == names.of_person("ana")
    assert pseudonym == again.of_person("ana") != other.of_person("ana")
    assert pseudonym != names.of_account("jira", "Bo Chen") == names.of_person("jira:Bo Chen")
    assert "ana" not in pseudonym.lower()


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([("a", 0.5, None, None)], ()),
        ([("a", 1.0, None, None)], ()),
        (
            [("a", 0.8, None, None), ("b", 0.4, None, None)],
            (Overload(start=TODAY, end=None, peak=1.2, projects=("a", "b")),),
        ),
        (
            [("a", 0.8, None, None), ("b", 0.4, 7, 20), ("c", 0.5, 14, 20)],
            (
                Overload(
                    start=TODAY + timedelta(days=7),
                    end=TODAY + timedelta(days=20),
                    peak=1.7,
                    projects=("a", "b", "c"),
                ),
            ),
        ),
        ([("a", 0.8, None, None), ("b", 0.4, None, -1)], ()),
    ],
)
def test_more_is_planned_than_there_is_time(
    shares: list[tuple[str, float, int | None, int | None]], expected: tuple[Overload, ...]
) -> None:
    def day(after: int | None) -> date | None:
        return None if after is None else TODAY + timedelta(days=after)

    person = Person(
        id="ana",
        allocations=tuple(
            Allocation(project=project, share=share, start=day(start), end=day(end))
            for project, share, start, end in shares
        ),
    )

    assert overloads(person, TODAY, 1.0) == expected


def test_part_time_counts_against_what_somebody_works() -> None:
    person = Person(id="bo", capacity=0.5, allocations=(Allocation(project="a", share=0.5),))

    assert load_on(person, TODAY) == 1.0


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.2, 0.4, 0.6, 1.0]),
            st.integers(-20, 40),
            st.integers(0, 30),
        ),
        max_size=5,
    )
)
def test_a_day_is_in_an_overload_exactly_when_too_much_is_planned_for_it(
    written: list[tuple[float, int, int]],
) -> None:
    person = Person(
        id="ana",
        allocations=tuple(
            Allocation(
                project="a",
                share=share,
                start=TODAY + timedelta(days=start),
                end=TODAY + timedelta(days=start + length),
            )
            for share, start, length in written
        ),
    )
    found = overloads(person, TODAY, 1.0)

    for day in (TODAY + timedelta(days=number) for number in range(80)):
        inside = any(one.start <= day <= (one.end or day) for one in found)
        assert inside == (load_on(person, day) > 1.0)
