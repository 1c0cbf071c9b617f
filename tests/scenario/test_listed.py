"""Listed trucks: what is read from a CSV file, and faults by file, row and column."""

import numpy as np
import pytest

from sim.scenario.load import examine, load


@pytest.fixture
def listed(tmp_path, good, monkeypatch):
    """A function: content of trucks.csv -> the scenario that lists it, or its faults."""
    monkeypatch.chdir(tmp_path)

    def of(csv, edit=lambda text: text):
        (tmp_path / "case.yaml").write_text(edit(good.replace("volume: 100 vehicles/day", "listed: trucks.csv")))
        (tmp_path / "trucks.csv").write_text(csv, encoding="utf-8-sig")
        return "case.yaml"

    return of


def said(path):
    return [f"{f.file}:{f.line} {f.path}: {f.message}" + (f" | {f.hint}" if f.hint else "") for f in examine(path)[1]]


def test_columns_become_whole_milliseconds_in_listed_order(listed):
    path = listed(
        "truck,arrived,cargo,gate/documents,gate/inspection [min]\n"
        "b,3 min,durian,90 s,\n"
        "a,3 min,,,30\n"
        "\n"
        "c,2025-07-01 07:00,melon,1 h 30 min,0.5\n"
        "d,-2 h,durian,0 s,2\n"
    )
    found = load(path).listed["trucks.csv"]
    assert found.arrived.tolist() == [180_000, 180_000, 25_200_000, -7_200_000]
    assert found.truck == ("b", "a", "c", "d")
    assert found.cargo == ("durian", "", "melon", "durian")
    assert found.services["gate/documents"].tolist() == [90_000, -1, 5_400_000, 0]
    assert found.services["gate/inspection"].tolist() == [-1, 1_800_000, 30_000, 120_000]
    assert found.arrived.dtype == np.int64


def test_a_column_may_have_the_name_a_station_gives_it(listed):
    path = listed(
        "arrived [min],papers\n0,5 min\n", lambda t: t.replace("closing: finish", "closing: finish\n    listed: papers")
    )
    assert load(path).listed["trucks.csv"].services["papers"].tolist() == [300_000]


def test_the_content_of_the_list_is_part_of_the_hash(listed):
    first = load(listed("arrived\n1 min\n")).hash
    assert load(listed("arrived\n1 min\n")).hash == first
    assert load(listed("arrived\n2 min\n")).hash != first


@pytest.mark.parametrize(
    ("csv", "says"),
    [
        ("", "0 flows.fruit.listed: file has no content | its first line names the columns"),
        ("arrived\n", "1 flows.fruit.listed: holds no trucks | one line for each truck"),
        ("arrived\n5\n", ('2 row 2, column arrived: must be a date, a date and time, or a duration after the start,'
         ' got "5" | give the unit in the header: arrived [min]')),
        ("arrived\n2025-02-30\n", ('2 row 2, column arrived: is not a date of the calendar, got "2025-02-30"'
         " | write for example 2025-07-01 or 2025-07-01 07:00")),
        ("arrived [min]\nnan\n", ('2 row 2, column arrived: must be a date, a date and time, or a duration after'
         ' the start, got "nan"')),
        ("arived\n1 min\n", ("1 row 1, column arived: unknown column | did you mean arrived?"
         "  (known here: truck, arrived, cargo, gate/yard, gate/documents, gate/inspection)")),
        ("arrived,cargo\n1 min,durain\n", ('2 row 2, column cargo: unknown cargo "durain" | did you mean durian?'
         "  (known here: durian, melon)")),
        ("arrived,gate/documents\n1 min,-3 min\n", '2 row 2, column gate/documents: must be at least 0, got "-3 min"'),
        ("arrived [min],cargo\n5,durian\n6,durian,melon\n", ("3 row 3, column 3: row has 3 cells, the header 2"
         " | a cell that holds a comma stands in double quotes")),
        ("arrived [min];cargo\n5;durian\n", ("1 row 1, column 1: columns are separated by semicolons"
         " | save the file with commas between the columns")),
        ("arrived [parsec]\n1\n", '1 row 1, column arrived: unknown unit "parsec" | units are ms, s, min, h, d, week'),
    ],
)  # fmt: skip
def test_row_67_faults_name_file_row_and_column(listed, csv, says):
    assert said(listed(csv))[0] == f"trucks.csv:{says}"


def test_an_empty_cell_needs_a_law_to_draw_from(listed):
    path = listed("arrived,gate/inspection\n1 min,5 min\n2 min,\n", lambda t: t.replace("    service: 30 min\n", ""))
    assert said(path) == [
        (
            "case.yaml:15 stations.gate/inspection: truck 2 of trucks.csv has no duration in column gate/inspection, "
            "and there is no service | fill the cell, or give the station a service"
        )
    ]


def test_a_full_column_needs_no_service(listed):
    path = listed("arrived,gate/inspection\n1 min,5 min\n", lambda t: t.replace("    service: 30 min\n", ""))
    assert said(path) == []


def test_a_missing_list_is_named_where_it_is_written(listed, tmp_path):
    path = listed("arrived\n1 min\n")
    (tmp_path / "trucks.csv").rename(tmp_path / "truck.csv")
    assert said(path) == ['case.yaml:31 flows.fruit.listed: no such file: "trucks.csv" | did you mean truck.csv?']
