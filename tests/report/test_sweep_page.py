"""The report of a sweep, made from a small folder of tables."""

import html
import html.parser
import json

import polars as pl
import pytest

from sim.experiment.ranking import ranking
from sim.report.sweep import REPORT, answer, draw

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"


def write(folder, *, title="Lanes by demand", failed=False, replications=3):
    """A sweep of two levers and one uncertainty: 2 x 3 x 2 points, waits made of them."""
    factors = [
        {"name": "lanes", "title": "Lanes", "role": "lever", "unit": "", "is_number": True, "levels": ["1", "2"]},
        {"name": "rule", "title": "Rule", "role": "lever", "unit": "", "is_number": False, "levels": list("abc")},
        {
            "name": "demand",
            "title": title,
            "role": "uncertainty",
            "unit": "/h",
            "is_number": True,
            "levels": ["4", "6"],
        },
    ]
    keys = ("place", "gate", "direction", "cargo")
    metrics = [{"name": "wait_mean", "metric": "wait_mean", "unit": "min", **dict.fromkeys(keys, "")},
               {"name": "throughput_per_day g", "metric": "throughput_per_day", "unit": "trucks/day",
                **dict.fromkeys(keys, ""), "gate": "g"}]  # fmt: skip
    rows = []
    for point in range(12):
        lanes, rule, demand = 1.0 + point // 6, "abc"[point // 2 % 3], 4.0 + 2 * (point % 2)
        for r in range(replications):
            value = 100 * demand / lanes + 10 * "abc".index(rule) + r
            rows.append((point, r, "ok", "", 9, lanes, rule, demand, value, 20 * lanes - "abc".index(rule)))
    columns = ("point", "replication", "status", "reason", "trucks", "lanes", "rule", "demand", "wait_mean",
               "throughput_per_day g")  # fmt: skip
    sweep = pl.DataFrame(rows, columns, orient="row")
    if failed:
        bad = pl.col("point") == 11
        sweep = sweep.with_columns(
            pl.when(bad).then(pl.lit("deadlock")).otherwise("status").alias("status"),
            pl.when(bad).then(pl.lit(HOSTILE)).otherwise("reason").alias("reason"),
            pl.when(bad).then(None).otherwise("wait_mean").alias("wait_mean"),
        )
    names = ["lanes", "rule", "demand"]
    points = pl.concat([
        sweep.group_by("point", *names, maintain_order=True).agg(
            pl.lit(m["name"]).alias("metric"), pl.lit(m["unit"]).alias("unit"), pl.col(m["name"]).mean().alias("value"),
            pl.col(m["name"]).min().alias("low"), pl.col(m["name"]).max().alias("high"), pl.len().alias("n"),
        ) for m in metrics
    ])  # fmt: skip
    told = [(m["name"], m["metric"], m["unit"]) for m in metrics]
    for name, frame in (("sweep", sweep), ("points", points), ("ranking", ranking(sweep, names[:2], names[2:], told))):
        frame.write_parquet(folder / f"{name}.parquet")
    manifest = {
        "title": title, "question": title, "version": "1", "base": title, "hash": "h", "seed": 1, "points": 12,
        "replications": replications, "design": "grid", "factors": factors, "metrics": metrics,
        "statuses": {"ok": 12 * replications}, "scenario": {"gates": {"g": {"title": "The gate (x)"}}},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


class Tags(html.parser.HTMLParser):
    """Which elements a page has."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, [name for name, _ in attrs if name.startswith("on")]))


def test_the_page_says_what_is_best_and_what_is_not_told_apart(tmp_path):
    said = answer(write(tmp_path))
    # rule a with 2 lanes: 200 and 300 min, + 0, 1, 2 by replication: 251 min = 4.2 h
    assert said[0].startswith(
        "Best for “Mean wait”: Lanes 2, Rule a, with 4.2 h (95 % interval 4.1–4.2). Last of 6: Lanes 1, Rule c,"
    )
    assert said[1] == "It is told apart from all 5 others."
    assert said[2].endswith(
        "Lanes 2, Rule a is never more than 0.0 h from the best choice of the case: the least regret."
    )


def test_every_figure_has_its_numbers_beside_it_and_is_in_the_page(tmp_path):
    drawn = draw(write(tmp_path))
    page = (tmp_path / REPORT).read_text(encoding="utf-8")
    keys = {path.stem for path in drawn}
    assert {"heat-wait-mean", "response-wait-mean", "heat-throughput-per-day-g"} <= keys
    for key in keys:
        assert f'<section id="{key}">' in page
        assert (tmp_path / "figures" / f"{key}.png").stat().st_size > 1000
        assert pl.read_csv(tmp_path / "figures" / f"{key}.csv").height >= 2
    heat = pl.read_csv(tmp_path / "figures/heat-wait-mean.csv").filter(lanes=2.0, rule="a")
    assert heat["value"].item() == pytest.approx((201 + 301) / 2)  # over both cases of the demand
    assert "Crossings a day, The gate" in page


def test_a_hostile_title_or_reason_adds_no_element_and_no_script(tmp_path):
    draw(write(tmp_path, title=HOSTILE, failed=True))
    text = (tmp_path / REPORT).read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert not [tag for tag in tags.seen if tag[0] in ("script", "img", "iframe") or tag[1]]
    assert "alert(1)" in text
    assert "{{7*7}}" in text
    assert "default-src 'none'; style-src" in html.unescape(text)


def test_runs_without_a_result_are_said_and_their_setting_is_not_ranked(tmp_path):
    draw(write(tmp_path, failed=True))
    text = (tmp_path / REPORT).read_text(encoding="utf-8")
    assert "3 runs have no result" in text
    assert answer(tmp_path)[0].partition("Last of ")[2].startswith("5: Lanes 1, Rule c")


def test_it_is_drawn_again_only_when_the_tables_changed(tmp_path):
    draw(write(tmp_path))
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (tmp_path / "figures").iterdir()}
    draw(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in before} == {path: t for path, (t, _) in before.items()}
    page = (tmp_path / REPORT).read_bytes()
    (tmp_path / "figures/drawn-from").unlink()
    draw(tmp_path)
    assert (tmp_path / REPORT).read_bytes() == page
    assert {path: path.read_bytes() for path in before} == {path: data for path, (_, data) in before.items()}
