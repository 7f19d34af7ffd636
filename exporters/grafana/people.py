"""Who leads, and in how many hands the work of a project is: counted, never named or ranked."""

from .panels import PanelBuilder, Place, Query, arranged, column, history, listing
from .queries import PROJECT, copied, of, still_open

NOBODY = "No item of the project says whose it is"


def people() -> tuple[Place, ...]:
    """Make the row about them."""
    return tuple(Place(6, panel) for panel in (_hands(), _in_work(), _key_person(), _answering()))


def _hands() -> PanelBuilder:
    return history(
        "People with open items",
        "How many people have open items of the project.",
        [_one("slipwatch_project_people", "people")],
        unit="none",
        empty=NOBODY,
    ).min(0)


def _in_work() -> PanelBuilder:
    return history(
        "Items in work per person",
        "How many items each person who has any in work has, on average: where it rises, more is "
        "begun than finished.",
        [_one("slipwatch_project_doing_items_per_person", "items")],
        unit="none",
        empty="No item in work says whose it is",
    ).min(0)


def _key_person() -> PanelBuilder:
    count = "items finished in eight weeks"
    panel = history(
        "Key person",
        "The largest share of the items finished in eight weeks that is one person's: above half, "
        "much hangs on one. It needs 20 items.",
        [
            _one("slipwatch_project_key_person_ratio", "largest share"),
            _one("slipwatch_project_recently_done_items", count, "B"),
        ],
        unit="percentunit",
        empty=NOBODY,
    )
    return panel.min(0).override_by_name(count, column(unit="none", custom_axisPlacement="right"))


def _answering() -> PanelBuilder:
    owned = still_open(of("slipwatch_milestone_info", f'{PROJECT}, milestone_owner!=""'), PROJECT)
    leads = copied(of("slipwatch_project_info", f'{PROJECT}, lead!=""'), "lead", "person")
    owns = copied(owned, "milestone_owner", "person")
    columns = (("person", "Person"), ("Value #leads", "Leads"), ("Value #owns", "Open milestones"))
    return listing(
        "Leads and owners",
        "Who leads the project, and who answers for how many of its open milestones.",
        [
            Query(expr=f"sum by (person) ({leads})", ref="leads"),
            Query(expr=f"sum by (person) ({owns})", ref="owns"),
        ],
        empty="Nobody is named: write `lead` and `owner` in slipwatch.yaml",
    ).with_transformation(arranged(columns))


def _one(metric: str, legend: str, ref: str = "A") -> Query:
    return Query(expr=f"max({of(metric, PROJECT)})", legend=legend, ref=ref, history=True)
