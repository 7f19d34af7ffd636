"""What waits for what, as a graph: milestones and ties in their colours, the driving path thick."""

from grafana_foundation_sdk.models.dashboard import DataTransformerConfig

from .links import MILESTONE as MILESTONE_PAGE
from .links import cell_link
from .panels import PAINT, PanelBuilder, column, graph
from .queries import copied, of, painted
from .ties import TIE, at_risk, ties, violated


def network(waiting: str) -> PanelBuilder:
    """Draw what the milestones whose ids fit ``waiting`` wait for, wherever that is."""
    panel = graph(
        "Dependencies",
        "What waits for what, in the colours of the milestones. Thick ties drive: they decide when "
        "the milestone can be done. A tie is red when it is violated or broken, orange when it "
        "drives and what is waited for is amber or red itself.",
        nodes=_nodes(waiting),
        edges=_edges(waiting),
        empty="No milestone here waits for another",
    )
    thick = {"conversions": [{"targetField": "thickness", "destinationType": "number"}]}
    link = cell_link("Open the milestone", MILESTONE_PAGE, "milestone")
    return panel.with_transformation(
        DataTransformerConfig(id_val="convertFieldType", options=thick)
    ).override_by_name("milestone", column(links=[link]))


def _nodes(waiting: str) -> str:
    info = ties("slipwatch_dependency_info", waiting)
    awaited = copied(f"max by (upstream) ({info})", "upstream", "milestone")
    coloured = "\n  or ".join(
        painted(f"{of('slipwatch_milestone_status', status=word)} == 1", color=paint)
        for word, paint in PAINT.items()
    )
    nodes = (
        f"(max by (milestone, project, color) (\n  {coloured}\n)\n"
        f"and on (milestone) (max by (milestone) ({info}) or max by (milestone) ({awaited})))\n"
        f"* on (milestone) group_left (title)\n"
        f"max by (milestone, title) ({of('slipwatch_milestone_info')})"
    )
    return copied(copied(nodes, "milestone", "id"), "project", "subtitle")


def _edges(waiting: str) -> str:
    known = ties("slipwatch_dependency_info", waiting)
    coloured = f"\n  or on ({TIE}) ".join(
        painted(f"max by ({TIE}) ({some})", color=PAINT[word])
        for some, word in ((violated(waiting), "red"), (at_risk(waiting), "amber"), (known, "grey"))
    )
    drives = f"{ties('slipwatch_dependency_driving', waiting)} == 1"
    driving = painted(f"({coloured})\nand on ({TIE}) ({drives})", thickness="3", mainstat="drives")
    edges = f"{driving}\nor on ({TIE}) {painted(coloured, thickness='1')}"
    joined = copied(copied(edges, "upstream", "source"), "milestone", "target")
    return f'label_join(\n{joined},\n"id", " ", "upstream", "milestone", "type")'
