"""Measures behind an address: Prometheus and JSON, what they give and why they give nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.benefits.model import Reading
from slipwatch.aggregator.connector import Retry, SourceError, Stop
from slipwatch.config.forms import json_path
from tests.exporters.prometheus.servers import prometheus

from ..canned import Canned, CannedServer, Query

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
Read = Callable[..., list[Reading]]
SECRET = "hunter2-hunter2"  # of nobody


def vector(*values: str) -> dict[str, Any]:
    return {
        "status": "success",
        "data": {
            "resultType": "vector",
            "result": [
                {"metric": {"n": str(n)}, "value": [NOW.timestamp() - 60, value]}
                for n, value in enumerate(values)
            ],
        },
    }


def test_one_sample_of_prometheus_is_a_reading(read: Read, server: CannedServer) -> None:
    asked: list[Query] = []

    def answer(query: Query) -> Canned:
        asked.append(query)
        return Canned(body=vector("88.5"))

    server.answers["/prometheus/api/v1/query"] = answer
    (reading,) = read(promql={"url": f"{server.url}/prometheus/", "query": "sum(days)"})

    assert asked == [{"query": "sum(days)"}]
    assert reading == Reading(
        value=88.5, at=NOW - timedelta(seconds=60), fetched_at=NOW, source="promql"
    )


def test_a_scalar_of_prometheus_is_one_and_never_of_the_future(
    read: Read, server: CannedServer
) -> None:
    later = (NOW + timedelta(hours=1)).timestamp()
    scalar = {"status": "success", "data": {"resultType": "scalar", "result": [later, "7"]}}
    server.answer("/api/v1/query", scalar)
    (reading,) = read(promql={"url": server.url, "query": "scalar(x)"})
    assert (reading.value, reading.at) == (7, NOW)


@pytest.mark.parametrize(
    ("answer", "status", "kind", "message"),
    [
        (vector(), 200, Retry, "gave no sample"),
        (vector("NaN"), 200, Retry, "gave no number"),
        (vector("+Inf"), 200, Retry, "gave no number"),
        (vector("1", "2"), 200, Stop, "gave 2 samples: aggregate them to one"),
        (
            {"status": "success", "data": {"resultType": "matrix", "result": []}},
            200,
            Stop,
            "gives no instant vector",
        ),
        (
            {"status": "error", "errorType": "bad_data", "error": SECRET},
            400,
            Stop,
            "refused the query (bad_data)",
        ),
        ({"hello": "world"}, 200, Stop, "is no Prometheus"),
        ("<html>log in</html>", 200, Retry, "not JSON"),
        ({}, 401, Stop, "the credentials were refused"),
        ({}, 503, Retry, "answered 503"),
    ],
)
def test_prometheus_that_gives_no_number_says_why(
    read: Read, server: CannedServer, answer: Any, status: int, kind: type, message: str
) -> None:
    server.answer("/api/v1/query", answer, status)
    with pytest.raises(kind) as raised:
        read(promql={"url": server.url, "query": f"sum({SECRET})"})
    assert str(raised.value).startswith("p/benefit:B1: ")
    assert message in str(raised.value)
    assert SECRET not in str(raised.value)


def test_a_token_goes_with_the_request_and_its_variable_has_to_be_there(
    read: Read, server: CannedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = {"url": f"{server.url}/kpi?team=web", "value": "$.v", "token_env": "KPI_TOKEN"}
    with pytest.raises(Stop, match="the environment variable KPI_TOKEN is not set"):
        read(http_json=measure)
    monkeypatch.setenv("KPI_TOKEN", SECRET)
    asked: list[Query] = []

    def answer(query: Query) -> Canned:
        asked.append(query)
        return Canned(body={"v": 3})

    server.answers["/kpi"] = answer
    assert read(http_json=measure)[0].value == 3
    assert asked == [{"team": "web"}]
    monkeypatch.setenv("KPI_TOKEN", "hun\nter2")
    with pytest.raises(SourceError) as raised:
        read(http_json=measure)
    assert "ter2" not in str(raised.value)


DOCUMENT = {
    "data": {
        "value": "88.5",
        "at": "2026-09-30",
        "epoch": 1790000000,
        "millis": 1790000000000,
        "none": None,
        "flag": True,
        "list": [1, {"a b": 2}],
    }
}


@pytest.mark.parametrize(
    ("path", "value"),
    [("$.data.value", 88.5), ("$['data']['list'][0]", 1), ('$.data.list[-1]["a b"]', 2)],
)
def test_a_path_names_one_value_of_a_document(
    read: Read, server: CannedServer, path: str, value: float
) -> None:
    server.answer("/kpi", DOCUMENT)
    (reading,) = read(http_json={"url": f"{server.url}/kpi", "value": path})
    assert (reading.value, reading.at, reading.source) == (value, NOW, "http_json")


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("$.data.at", datetime(2026, 9, 29, 22, 0, tzinfo=UTC)),
        ("$.data.epoch", datetime.fromtimestamp(1790000000, UTC)),
        ("$.data.millis", datetime.fromtimestamp(1790000000, UTC)),
    ],
)
def test_a_document_may_state_its_time(
    read: Read, server: CannedServer, path: str, at: datetime
) -> None:
    server.answer("/kpi", DOCUMENT)
    (reading,) = read(http_json={"url": f"{server.url}/kpi", "value": "$.data.value", "time": path})
    assert reading.at == at


@pytest.mark.parametrize(
    ("measure", "kind", "message"),
    [
        ({"value": "$.data.none"}, Retry, "states no number at $.data.none now"),
        ({"value": "$.data.flag"}, Stop, "has no number at $.data.flag"),
        ({"value": "$.data.gone"}, Stop, "has no number at $.data.gone"),
        ({"value": "$.data.list[7]"}, Stop, "has no number at $.data.list[7]"),
        ({"value": "$.data.value[0]"}, Stop, "has no number at $.data.value[0]"),
        ({"value": "$.data.value", "time": "$.data.flag"}, Stop, "no day or time at $.data.flag"),
    ],
)
def test_a_document_without_the_number_says_where_it_is_not(
    read: Read, server: CannedServer, measure: dict[str, str], kind: type, message: str
) -> None:
    server.answer("/kpi", DOCUMENT)
    with pytest.raises(kind) as raised:
        read(http_json={"url": f"{server.url}/kpi", **measure})
    assert message in str(raised.value)


def test_nobody_listening_is_told_and_no_zero(read: Read) -> None:
    with pytest.raises(Retry, match="p/benefit:B1: its measure got no connection"):
        read(http_json={"url": "http://127.0.0.1:9/kpi", "value": "$.v"})


@pytest.mark.parametrize(
    "path", ["data.value", "$..value", "$.data[*]", "$.data[0:2]", "$.data[?@.a]", "$.", "$[01]"]
)
def test_a_path_that_could_name_several_places_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="JSONPath"):
        json_path(path)


@pytest.mark.prometheus
def test_a_real_prometheus_is_read(read: Read, tmp_path: Path) -> None:
    with prometheus(tmp_path, None) as running:
        url, now = f"http://{running.address}", datetime.now(UTC)
        (reading,) = read(now, promql={"url": url, "query": "scalar(vector(41)) + 1"})
        assert reading.value == 42
        assert abs(reading.at - now) < timedelta(minutes=1)
        assert read(now, promql={"url": url, "query": "sum(vector(42))"})[0].value == 42
        for query, kind, message in (
            ("absent_metric", Retry, "gave no sample"),
            ("vector(0) / 0", Retry, "gave no number"),
            ("sum(", Stop, "refused the query (bad_data)"),
            ('"text"', Stop, "gives no instant vector"),
        ):
            with pytest.raises(kind) as raised:
                read(now, promql={"url": url, "query": query})
            assert message in str(raised.value)
