"""Reads a measure from Prometheus: an instant query that gives one sample.

https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
"""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from slipwatch.aggregator.connector import Context, Retry, Stop
from slipwatch.config.strategy import PromqlMeasureSettings

from ..documents import decoded, get
from ..values import moment, number
from .sample import Sample

_REFUSED = frozenset({400, 422})
_REASONS = frozenset({"bad_data", "execution", "timeout", "canceled", "internal", "unavailable"})


def read(
    name: str, settings: PromqlMeasureSettings, context: Context, zone: ZoneInfo
) -> list[Sample]:
    """Ask the query; raises ``Retry`` where it gives nothing, ``Stop`` where it cannot be asked."""
    answer = get(
        name,
        settings,
        f"{settings.url}/api/v1/query",
        token_env=settings.token_env,
        context=context,
        parameters={"query": settings.query},
        accept=_REFUSED,
        what="its measure",
    )
    found = decoded(answer)
    if not isinstance(found, Mapping) or found.get("status") not in {"success", "error"}:
        raise Stop(f"{name}: what answers there is no Prometheus: check url")
    if found["status"] == "error":
        kind = found.get("errorType")
        reason = kind if isinstance(kind, str) and kind in _REASONS else "no reason given"
        raise Stop(
            f"{name}: Prometheus refused the query ({reason}): try it on its page for queries"
        )
    sample = _only(name, found.get("data"))
    try:
        value = number(sample[1])
        at = moment(sample[0], zone)
    except (ValueError, IndexError, TypeError):
        raise Stop(f"{name}: Prometheus answered with no sample that can be read") from None
    if value is None:
        raise Retry(f"{name}: the query gave no number")
    return [Sample(value, min(at, context.now()))]


def _only(name: str, data: object) -> list[object]:
    kind = data.get("resultType") if isinstance(data, Mapping) else None
    result = data.get("result") if isinstance(data, Mapping) else None
    if kind == "scalar" and isinstance(result, list):
        return result
    if kind != "vector" or not isinstance(result, list):
        raise Stop(f"{name}: the query gives no instant vector or scalar: let it give one sample")
    if not result:
        raise Retry(f"{name}: the query gave no sample: is what it asks for still scraped?")
    if len(result) > 1:
        raise Stop(
            f"{name}: the query gave {len(result)} samples: aggregate them to one, as with sum()"
        )
    value = result[0].get("value") if isinstance(result[0], Mapping) else None
    if not isinstance(value, list):
        raise Stop(f"{name}: Prometheus answered with no sample that can be read")
    return value
