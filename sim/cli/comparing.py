"""`cuakhau compare`: who gains and who loses."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.options import JsonErrors
from sim.cli.running import Engine, progress_bar
from sim.cli.screen import aligned

if TYPE_CHECKING:
    import polars as pl

    from sim.experiment.compare import Comparison
    from sim.scenario.scenario import Scenario

_LITTLE = 0.5  # [min] gained and lost per truck, below which a group is only named
_METRICS = (  # metric, heading, divisor
    ("throughput_per_day", "trucks/day", 1),
    ("wait_mean", "mean wait, h", 60),
    ("wait_p90", "90 % wait less than, h", 60),
    ("inside_at_end", "inside at the end", 1),
)


def compare(
    base: Annotated[str, typer.Argument(metavar="BASE", help="A scenario file, or the name of a bundled one.")],
    others: Annotated[
        list[str], typer.Argument(metavar="OTHER...", help="Scenarios; an overlay is laid over the base.")
    ],
    replications: Annotated[int, typer.Option("--replications", "-n", min=1, max=100_000, help="How many runs.")] = 10,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Root of all chance; same seed, same trucks.")] = 1,
    engine: Annotated[Engine, typer.Option(help="Which engine; the results are the same.")] = Engine.auto,
    workers: Annotated[
        int | None, typer.Option(min=1, max=256, help="Replications at a time; default: one per core.")
    ] = None,
    best: Annotated[
        str, typer.Option("--best", metavar="METRIC", help='Which is best, e.g. by "wait_mean huu-nghi export".')
    ] = "",
    is_most: Annotated[bool, typer.Option("--maximise", help="The most is best; default: the least.")] = False,
    indifference: Annotated[
        str, typer.Option(metavar="AMOUNT", help="A difference that does not matter, e.g. 30 min: runs until told.")
    ] = "",
    probability: Annotated[str, typer.Option(metavar="SHARE", help="With which the best is named.")] = "95 %",
    most: Annotated[int, typer.Option(min=2, max=100_000, help="Replications at which it stops untold.")] = 500,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the tables and figures of it.")] = None,
    _json_errors: JsonErrors = False,
) -> None:
    """Run scenarios on the same trucks and say who gains and who loses.

    \b
    cuakhau compare holidays/golden-week-2025 overlays/perishables-lane
    cuakhau compare lang-son/baseline policies/huu-nghi-closing-18 policies/huu-nghi-closing-23 --out results/closing
    cuakhau compare lang-son/baseline policies/huu-nghi-closing-18 --best "wait_mean huu-nghi" --indifference "30 min"
    """
    from sim.cli.choosing import best_lines, chosen, question
    from sim.experiment.compare import compare as compared
    from sim.experiment.files import made

    scenarios = [_loaded(base), *(_loaded(base, other) for other in others)]
    asked = question(
        scenarios, best, is_most=is_most, indifference=indifference, probability=probability, most=most,
        first=replications,
    )  # fmt: skip
    with made(out) if out else nullcontext():
        with progress_bar() as told:
            found = compared(
                scenarios, replications=replications, seed=seed, engine=engine.value, workers=workers, progress=told
            )
        with progress_bar() as told:
            choice = chosen(found, asked, workers=workers, progress=told) if asked else None
        if out is not None:
            from sim.experiment.compared_files import write_comparison
            from sim.report.compared import draw

            write_comparison(found, out, choice)
            draw(out)
    print("\n".join([*_lines(found), *(best_lines(choice) if choice else ())]))
    if out is not None:
        print(f"Written: {out}")


def _loaded(base: str, other: str | None = None) -> "Scenario":
    """The base, another scenario, or an overlay laid over the base."""
    from sim.scenario.load import kind_of, load, read_table
    from sim.scenario.names import found

    if other is None:
        return load(base)
    is_overlay = kind_of(read_table(found(other)), []) == "overlay"
    return _renamed(load(base, [other]), other) if is_overlay else load(other)


def _renamed(scenario: "Scenario", overlay: str) -> "Scenario":
    from dataclasses import replace

    return replace(scenario, name=f"{scenario.name} with {overlay}")


def _lines(found: "Comparison") -> Iterator[str]:
    from sim.scenario.faults import shown

    yield f"{shown(found.scenarios[0].file.title, 90)}: the base"
    count = f"{found.replications} replication{'' if found.replications == 1 else 's'}"
    yield f"{count}, seed {found.seed}, paired by replication and truck; 95 % intervals" + (
        ", widened to hold for all together" if len(found.bills) > 1 else ""
    )
    for other, bill in zip(found.scenarios[1:], found.bills, strict=True):
        yield f"\n{shown(other.name, 110)}"
        unmoved: list[str] = []
        yield from aligned([*_bill_rows(bill, unmoved)])
        if unmoved:
            yield f"moved by less than {_LITTLE:g} min a truck: {', '.join(unmoved)}"
        yield ""
        rows = found.differences.filter(other=other.name, place="", cargo="")
        yield from aligned([*_difference_rows(rows)])
    yield from _differing(found)
    yield "\nVND rest on the worth, decay and costs stated in the scenario files, mostly assumptions."


def _differing(found: "Comparison") -> Iterator[str]:
    """How many of all differences stand when it is counted how many were looked at."""
    told = found.differences["differs"].drop_nulls()
    if len(told):
        yield f"\n{told.sum():,} of {len(told):,} values differ, at 95 % for all together (Holm; compare.csv has which)"


def _bill_rows(bill: "pl.DataFrame", unmoved: list[str]) -> Iterator[tuple[str, ...]]:
    """Who gains and who loses: a row for each gate, direction and cargo for which anything changes."""
    gated = bool(bill.filter(bill["gate"] != "").height)
    yield ("who", "trucks", "earlier", "later", "h gained", "h lost", "net min/truck", "net million VND", "turned back")
    for (gate, direction, cargo), rows in bill.group_by("gate", "direction", "cargo", maintain_order=True):
        of = {row["what"]: row for row in rows.iter_rows(named=True)}
        everyone = (gate, direction, cargo) == ("", "", "")
        if not everyone and (not (direction and cargo) or (not gate and gated)):
            continue
        moved = of["minutes_gained"]["mean"] + of["minutes_lost"]["mean"]
        if not everyone and moved < _LITTLE * of["trucks"]["mean"] and abs(of["vnd_net"]["mean"]) < 1e6:
            unmoved.append(f"{gate} {direction} {cargo}".strip())
            continue
        back = of["turned_back_more"]["mean"] - of["turned_back_less"]["mean"]
        yield (
            f"{gate} {direction} {cargo}".strip() or "all",
            f"{of['trucks']['mean']:,.0f}",
            _share(of["share_earlier"]),
            _share(of["share_later"]),
            f"{of['minutes_gained']['mean'] / 60:,.0f}",
            f"{of['minutes_lost']['mean'] / 60:,.0f}",
            _signed(of["minutes_net_per_truck"], 1),
            _signed(of["vnd_net"], 1e6),
            f"{back:+,.0f}" if back else "-",
        )


def _difference_rows(differences: "pl.DataFrame") -> Iterator[tuple[str, ...]]:
    yield ("", "gate", "direction", "base", "other", "difference", "variance reduced by")
    for metric, heading, divisor in _METRICS:
        for row in differences.filter(metric=metric).iter_rows(named=True):
            if row["gate"] and row["direction"] and row["difference"]:
                middle = {"mean": row["difference"], "low": row["low"], "high": row["high"]}
                saved = row["variance_reduction"]
                base, value = (_plain(row[name] / divisor) for name in ("base", "value"))
                share = "-" if saved is None else f"{saved:.0%}"
                yield (heading, row["gate"], row["direction"], base, value, _signed(middle, divisor), share)


def _share(row: dict[str, Any]) -> str:
    """ "31 % (29 to 33)", or the share alone where there is no interval."""
    mean, low, high = (None if v is None else 100 * v for v in (row["mean"], row["low"], row["high"]))
    within = "" if low is None or high is None else f" ({max(0.0, low):.0f} to {min(100.0, high):.0f})"
    return f"{mean:.0f} %{within}"


def _signed(row: dict[str, Any], divisor: float) -> str:
    """ "+12.3 (+11.8 to +12.8)", or the value alone where there is no interval."""
    values = [row["mean"], row["low"], row["high"]]
    mean, low, high = ("" if v is None else f"{_plain(v / divisor, '+')}" for v in values)
    return f"{mean} ({low} to {high})" if low else mean


def _plain(value: float, sign: str = "") -> str:
    return f"{value:{sign},.0f}" if abs(value) >= 100 else f"{value:{sign}.1f}"
