"""The files of deploy/: every part finds every other, and each tool accepts its own files."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipwatch.daemon.wiring import read_settings
from slipwatch.exporters.prometheus.alerts.policy import Policy
from tests.exporters.prometheus.servers import program

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PROVISIONING = DEPLOY / "grafana/provisioning"
SLIPWATCH = "slipwatch:10870"
TAGGED = re.compile(r"[a-z0-9./-]+:v?\d+(\.\d+)+(-[a-z0-9-]+)?")

Json = dict[str, Any]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


@pytest.fixture(scope="module")
def compose() -> Json:
    """Read it as it is when nobody sets a variable."""
    text = (DEPLOY / "compose.yaml").read_text()
    found: Json = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text))
    return found


def mounts(service: Json) -> Iterator[tuple[Path, str]]:
    """Give what a service sees of the repository, and where."""
    for volume in service["volumes"]:
        source, target, *_ = volume.split(":")
        if source.startswith("."):
            yield (DEPLOY / source).resolve(), target


def seen(service: Json, folder: Path) -> Path:
    """Lay the files of the repository out as the container of a service has them."""
    for source, target in mounts(service):
        copy = folder / target.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            shutil.copy(source, copy)
    return folder


def test_everything_that_is_mounted_is_there_and_cannot_be_changed(compose: Json) -> None:
    for service in compose["services"].values():
        assert [str(source) for source, _ in mounts(service) if not source.exists()] == []
        assert all(v.endswith(":ro") for v in service["volumes"] if v.startswith("."))
        kept = {v.split(":")[0] for v in service["volumes"] if not v.startswith(".")}
        assert kept <= set(compose["volumes"])


def test_rules_and_dashboards_have_one_home() -> None:
    copies = [path for path in DEPLOY.rglob("*") if path.suffix == ".json" or "alert" in path.stem]

    assert [path for path in copies if path.is_file()] == []


def test_versions_are_pinned_by_tags(compose: Json) -> None:
    images = [service["image"] for service in compose["services"].values()]
    images += re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)

    assert [image for image in images if not TAGGED.fullmatch(image)] == []


def test_services_are_careful_and_reached_from_this_machine_only(compose: Json) -> None:
    for service in compose["services"].values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert set(service.get("depends_on", [])) <= set(compose["services"])


def test_every_address_is_that_of_a_service(compose: Json) -> None:
    ports = {f"{n}:{s['ports'][0].rpartition(':')[2]}" for n, s in compose["services"].items()}
    named: set[str] = set()
    for path in (DEPLOY / "prometheus.yml", *PROVISIONING.rglob("*.yaml")):
        named |= set(re.findall(r"(?:http://|\[)([a-z]+:\d+)", path.read_text()))

    assert named == ports - {"grafana:3000"}


@pytest.mark.prometheus
def test_promtool_accepts_prometheus_with_the_rules_that_it_sees(
    compose: Json, tmp_path: Path
) -> None:
    promtool = program("promtool", "prometheus")
    folder = seen(compose["services"]["prometheus"], tmp_path) / "etc/prometheus"

    done = subprocess.run(
        [promtool, "check", "config", "--lint=all", folder / "prometheus.yml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("rules found") == len(list((folder / "rules").iterdir())) == 2


@pytest.mark.prometheus
def test_amtool_accepts_what_alertmanager_sees(compose: Json, tmp_path: Path) -> None:
    amtool = program("amtool", "prometheus-alertmanager")
    folder = seen(compose["services"]["alertmanager"], tmp_path)

    done = subprocess.run(
        [amtool, "check-config", folder / "etc/alertmanager/alertmanager.yml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_scrapes_slipwatch_under_the_job_that_the_rules_know() -> None:
    config = read(DEPLOY / "prometheus.yml")
    (scrape,) = config["scrape_configs"]

    assert scrape["job_name"] == Policy().job
    assert scrape["static_configs"] == [{"targets": [SLIPWATCH]}]


def test_the_file_of_your_company_is_sound() -> None:
    settings = read_settings(DEPLOY / "slipwatch.yaml")

    wanted = read(DEPLOY / "compose.yaml")["services"]["slipwatch"]
    kept = [volume.split(":")[1] for volume in wanted["volumes"] if not volume.startswith(".")]
    assert [path for path in kept if f"sqlite:///{path}/" in str(settings.store)] == kept
    text = (DEPLOY / "slipwatch.yaml").read_text()
    assert set(re.findall(r"env: (\w+)", text)) == set(wanted["environment"])


def test_grafana_finds_its_data_and_its_dashboards(compose: Json, tmp_path: Path) -> None:
    folder = seen(compose["services"]["grafana"], tmp_path)
    sources = read(PROVISIONING / "datasources/slipwatch.yaml")["datasources"]
    by_uid = {source["uid"]: source for source in sources}
    (provider,) = read(PROVISIONING / "dashboards/slipwatch.yaml")["providers"]
    home = compose["services"]["grafana"]["environment"][
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"
    ]

    (first,) = (source for source in sources if source.get("isDefault"))
    assert first["type"] == "prometheus"
    assert by_uid[first["jsonData"]["alertmanagerUid"]]["type"] == "alertmanager"
    assert (
        first["jsonData"]["timeInterval"]
        == (read(DEPLOY / "prometheus.yml")["global"]["scrape_interval"])
    )
    assert len(list((folder / provider["options"]["path"].lstrip("/")).glob("*.json"))) == 6
    assert (folder / home.lstrip("/")).is_file()


def test_alerts_made_in_grafana_go_where_those_of_slipwatch_go() -> None:
    alerting = read(PROVISIONING / "alerting/slipwatch.yaml")
    (point,) = alerting["contactPoints"]
    (policy,) = alerting["policies"]
    shipped = read(ROOT / "exporters/prometheus/alerts/shipped/alertmanager.yaml")["route"]

    assert policy["receiver"] == point["name"]
    assert [one["type"] for one in point["receivers"]] == ["prometheus-alertmanager"]
    for key in ("group_by", "group_wait", "group_interval", "repeat_interval"):
        assert policy[key] == shipped[key]


def test_the_image_has_everything_that_the_package_is_made_of() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {
        folder.split("/")[0] for folder in project["tool"]["setuptools"]["package-dir"].values()
    }
    wanted |= {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    copied = {
        source
        for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE)
        for source in line.split()
    }
    sent = {
        line.removeprefix("!")
        for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }

    assert wanted <= copied
    assert copied == sent
    assert all((ROOT / source).exists() for source in copied)
    assert "--require-hashes -r requirements/run.txt" in text
    assert re.search(r"^USER (?!root|0)", text, re.MULTILINE)


def test_docker_compose_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip("no docker: install it with its plugin compose")
    there = subprocess.run([docker, "compose", "version"], capture_output=True, check=False)
    if there.returncode != 0:
        pytest.skip("docker has no plugin compose: install it")

    done = subprocess.run(
        [docker, "compose", "--file", DEPLOY / "compose.yaml", "config", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
