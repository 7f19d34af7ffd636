"""How the dashboards lead to one another: by what was clicked on, with its time."""

from grafana_foundation_sdk.builders.dashboard import DashboardLink

PORTFOLIO = "slipwatch-portfolio"
PROGRAM = "slipwatch-program"
PROJECT = "slipwatch-project"
MILESTONE = "slipwatch-milestone"
DEPENDENCIES = "slipwatch-dependencies"
SELF_MONITORING = "slipwatch-self-monitoring"

_KEPT = ("datasource", "job", "instance")


def address(uid: str, **chosen: str) -> str:
    """Give the address of a dashboard at the same time, with a choice made for each variable."""
    kept = [f"${{{name}:queryparam}}" for name in _KEPT]
    made = [f"var-{name}={value}" for name, value in chosen.items()]
    return f"/d/{uid}?{'&'.join([*kept, *made, '${__url_time_range}'])}"


def page_link(title: str, uid: str, **chosen: str) -> DashboardLink:
    """Lead from a panel to another dashboard."""
    return DashboardLink(title).url(address(uid, **chosen))


def series_link(title: str, uid: str, label: str) -> DashboardLink:
    """Lead from a series to the dashboard of what one of its labels names."""
    return page_link(title, uid, **{label: f"${{__field.labels.{label}}}"})


def cell_link(title: str, uid: str, variable: str, field: str = "") -> dict[str, object]:
    """Lead from a row of a table to the dashboard of what one of its fields names."""
    value = f"${{__data.fields.{field or variable}}}"
    return {"title": title, "url": address(uid, **{variable: value})}
