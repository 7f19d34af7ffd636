"""Suppression: which findings another one explains, and what is said of them."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from slipwatch.aggregator.assessment import FindingView
from slipwatch.config.rules import RulesSettings, WaiverSettings
from slipwatch.rules.engine import evaluate, fingerprint
from slipwatch.rules.table import RULES
from slipwatch.rules.world import World

BuildWorld = Callable[[Mapping[str, Any]], World]

LATE: dict[str, Any] = {
    "milestones": {
        "p/id/login": {
            "commitment": date(2026, 1, 16),
            "forecast": {"p_on_time": 0.1, "p50": date(2026, 1, 26), "p85": date(2026, 1, 30)},
            "slip": {"forecast_vs_commitment": 6},
            "caused_by": [{"milestone": "p/id/login", "but_for": 6, "shapley": 6.0, "own_slip": 6}],
        },
        "p/web/cart": {
            "commitment": date(2026, 2, 2),
            "forecast": {"p_on_time": 0.3, "p50": date(2026, 2, 6), "p85": date(2026, 2, 10)},
            "slip": {"forecast_vs_commitment": 4},
            "caused_by": [{"milestone": "p/id/login", "but_for": 4, "shapley": 4.0, "own_slip": 6}],
        },
    },
    "dependencies": [{"link": "p/id/login -> p/web/cart"}],
}
ROOT = fingerprint("SCH-001", "p/id/login")


def found(world: World, waivers: tuple[WaiverSettings, ...] = ()) -> dict[str, FindingView]:
    settings = RulesSettings()
    asked = [rule for rule in RULES if rule.id in {"SCH-001", "SCH-006", "SCH-003"}]
    findings = evaluate(world, asked, settings, waivers).findings
    return {f"{one.rule} {one.subject}": one for one in findings}


def changed(milestone: str, **fields: Any) -> dict[str, Any]:
    data = deepcopy(LATE)
    data["milestones"][milestone] |= fields
    return data


def test_what_is_late_only_because_of_another_one_is_explained_by_it(
    build_world: BuildWorld,
) -> None:
    told = found(build_world(LATE))

    assert (told["SCH-001 p/id/login"].state, told["SCH-001 p/id/login"].cause) == ("open", None)
    assert (told["SCH-001 p/web/cart"].state, told["SCH-001 p/web/cart"].cause) == (
        "suppressed",
        ROOT,
    )


def because_of(milestone: str, days: int) -> dict[str, Any]:
    return {"milestone": milestone, "but_for": days, "shapley": float(days), "own_slip": 6}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            changed("p/web/cart", caused_by=[because_of("p/id/login", 3)]),
            id="it is late by itself as well",
        ),
        pytest.param(changed("p/web/cart", slip={}), id="nobody knows how late it is"),
        pytest.param(
            changed("p/web/cart", slip={"forecast_vs_commitment": 0}), id="it is not late at P50"
        ),
        pytest.param(
            changed("p/id/login", forecast={"p_on_time": 0.9}), id="nothing is found of the cause"
        ),
        pytest.param(
            {
                **changed("p/web/cart", forecast={"p_on_time": 0.1}),
                "milestones": {
                    **changed("p/web/cart", forecast={"p_on_time": 0.1})["milestones"],
                    "p/id/login": changed("p/id/login", forecast={"p_on_time": 0.4})["milestones"][
                        "p/id/login"
                    ],
                },
            },
            id="it is graver than its cause",
        ),
    ],
)
def test_what_is_not_wholly_explained_stays_open(
    build_world: BuildWorld, data: dict[str, Any]
) -> None:
    assert found(build_world(data))["SCH-001 p/web/cart"].state == "open"


def test_what_is_as_grave_as_its_cause_is_explained(build_world: BuildWorld) -> None:
    told = found(build_world(changed("p/id/login", forecast={"p_on_time": 0.4})))

    assert {one.severity for one in told.values()} == {"high"}
    assert told["SCH-001 p/web/cart"].state == "suppressed"


def test_a_waived_finding_explains_nothing(build_world: BuildWorld) -> None:
    accepted = WaiverSettings.model_validate(
        {
            "rule": "SCH-001",
            "subject": "p/id/login",
            "approver": "dana",
            "reason": "known",
            "expires": date(2026, 1, 30),
        }
    )
    told = found(build_world(LATE), (accepted,))

    assert told["SCH-001 p/web/cart"].state == "open"


def test_another_program_is_told_all_the_same(build_world: BuildWorld) -> None:
    data = deepcopy(LATE)
    data["milestones"]["q/web/cart"] = data["milestones"].pop("p/web/cart")
    data["dependencies"] = [{"link": "p/id/login -> q/web/cart"}]

    assert found(build_world(data))["SCH-001 q/web/cart"].state == "open"


def test_a_chain_of_causes_leads_to_its_root(build_world: BuildWorld) -> None:
    data = deepcopy(LATE)
    cart = data["milestones"]["p/web/cart"]
    data["milestones"]["p/web/launch"] = {**cart, "caused_by": [because_of("p/web/cart", 4)]}

    assert found(build_world(data))["SCH-001 p/web/launch"].cause == ROOT


def test_negative_float_on_the_way_is_explained_where_nothing_is_promised(
    build_world: BuildWorld,
) -> None:
    data = deepcopy(LATE)
    data["milestones"]["p/id/login"]["network"] = {"commitment_float": -6}
    data["milestones"]["p/id/api"] = {
        "network": {"commitment_float": -4},
        "caused_by": [because_of("p/id/login", 4)],
    }
    told = found(build_world(data))

    assert told["SCH-006 p/id/login"].state == "open"
    assert told["SCH-006 p/id/api"].cause == ROOT
