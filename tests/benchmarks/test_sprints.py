"""The error on public sprints, on a few made by hand."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sprints import COLUMNS, NORMS, errors, fit, norms, read_all, tables
from slipwatch.aggregator.delay.sprints import LOOKS


def test_a_name_with_commas_moves_no_column(tmp_path: Path) -> None:
    histories = read_all(_data(tmp_path, left={"apache": 1, "jira": 1}, name='Caf\xe9, "last", 2'))

    sprints = histories["apache", 0.5]
    assert (sprints.open[0], sprints.short[0], sprints.boards[0]) == (10, 10, "0")


def test_the_newest_fifth_of_the_sprints_is_scored_and_no_sprint_is_on_both_sides(
    tmp_path: Path,
) -> None:
    sprints = read_all(_data(tmp_path, left={"apache": 1, "jira": 1}))["apache", 0.0]
    first = sprints.first()

    assert sorted(sprints.numbers) == list(sprints.numbers)
    assert (first, len(sprints.numbers)) == (32, 40)
    assert not set(sprints.numbers[:first]) & set(sprints.numbers[first:])


def test_shares_are_fitted_on_what_was_open_and_each_tracker_counts_the_same(
    tmp_path: Path,
) -> None:
    prior = fit(read_all(_data(tmp_path, left={"apache": 0.8, "jira": 0.2})))

    assert prior.left == pytest.approx([0.5] * len(LOOKS))


def test_teams_that_do_as_ever_are_foretold_better_than_by_any_constant(tmp_path: Path) -> None:
    histories = read_all(_data(tmp_path, left={"apache": 0.8, "jira": 0.2}))

    found = errors(histories, "apache", 0.3)

    assert found["ours"] < 0.2 * min(found[name] for name in ("guess", "mean", "median"))
    assert found["ours"] < found["prior"], "the other tracker leaves less"
    assert found["ours"] < found["all open"]


def test_each_norm_is_what_its_name_says() -> None:
    outcomes = np.array([-2.0, 0.0, 0.0, 2.0, 6.0])

    found = norms(outcomes)

    assert found["range"] == 8
    assert found["IQR"] == 2
    assert found["SD"] == pytest.approx(7.36**0.5)
    assert found["mean abs"] == 2
    assert found["guess"] == pytest.approx(2.88)


def test_the_tables_tell_every_moment_and_every_norm(tmp_path: Path) -> None:
    histories = read_all(_data(tmp_path, left={"apache": 0.8, "jira": 0.2}))

    shown, normed, shuffled = tables(histories)

    assert (shown.row_count, normed.row_count, shuffled.row_count) == (8, 9, 2)
    assert [str(column.header) for column in normed.columns][2:] == list(NORMS)


def test_other_columns_are_refused(tmp_path: Path) -> None:
    _data(tmp_path, left={"apache": 1, "jira": 1})
    with gzip.open(tmp_path / "jira_iteration_80.csv.gz", "wt", encoding="latin-1") as file:
        file.write("boardid,sprintid,name,vel_diff,planday\n1,1,S,0,0\n")

    with pytest.raises(ValueError, match="jira_iteration_80"):
        read_all(tmp_path)


def _data(folder: Path, *, left: dict[str, float], name: str = "Sprint") -> Path:
    """Write sprints of ten to fifty open points, each on two boards, the newest first."""
    for tracker, share in left.items():
        for look in LOOKS:
            lines = [",".join(("boardid", "sprintid", "name", "vel_diff", *COLUMNS))]
            for number in reversed(range(20)):
                for board in range(2):
                    open_ = 10 * (1 + number % 5)
                    told = dict.fromkeys(COLUMNS, 0) | {"vel_todo": open_ - 5, "vel_inprogress": 5}
                    cells = (board, number, name, round(-share * open_), *told.values())
                    lines.append(",".join(map(str, cells)))
            path = folder / f"{tracker}_iteration_{look * 100:.0f}.csv.gz"
            with gzip.open(path, "wt", encoding="latin-1") as file:
                file.write("\n".join(lines) + "\n")
    return folder
