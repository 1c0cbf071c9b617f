"""Search files that cannot be run: every fault at its place, before anything is written."""

import pytest

LEVERS = "levers: {booths: {path: stations.gate/booth.servers, values: [4, 5]}, policy: {choices: {a: {}, b: {}}}}\n"
GOAL = LEVERS + "goal: {minimise: wait_mean}\n"
FAULTS = {
    "no goal": (LEVERS, ["says no goal", "hint: goal: {minimise:"]),
    "no levers": (
        "uncertainties: {flows.trucks.rate: [1/h, 2/h]}\ngoal: {minimise: wait_mean}",
        ["no levers to choose"],
    ),
    "unknown key of a goal": (
        LEVERS + "goal: {minimize: wait_mean}", ["6:8: error: goal.minimize: unknown key", "did you mean minimise?"],
    ),
    "unknown metric": (
        LEVERS + "goal: {minimise: wait_men}",
        ['6:18: error: goal: no metric "wait_men"', "wait_mean?"],
    ),
    "unknown cargo": (
        LEVERS + "goal: {minimise: {metric: wait_mean, cargo: fruits}}", ['no cargo "fruits"', "did you mean fruit?"],
    ),
    "worst of nothing": (LEVERS + "goal: {minimise: worst}", ["6:18: ", "minimise: worst goes with of:"]),
    "two units": (
        LEVERS + "goal: {minimise: [wait_mean, waited_hours]}",
        ["6:7: ", "adds min and h", "give each metric its price"],
    ),
    "cost in another unit": (
        LEVERS + "goal: {minimise: wait_mean, costs: {booths: 4 million VND}}",
        ["6:45: ", "is in VND, and the goal in min"],
    ),
    "cost of no lever": (
        LEVERS + "goal: {minimise: loss_vnd, costs: {booth: 4 million VND}}",
        ['no lever "booth"', "did you mean booths?"],
    ),
    "cost of each policy": (
        LEVERS + "goal: {minimise: loss_vnd, costs: {policy: 4 million VND}}", ["policy is no number"],
    ),
    "cost of one policy": (
        LEVERS + "goal: {minimise: loss_vnd, costs: {policy: {at: {a: 0 VND}}}}", ["says no cost of b"],
    ),
    "cost of the base": (
        LEVERS.replace("a: {}", "a: {flows.trucks.rate: 3/h}").replace("b: {}", "b: {flows.trucks.rate: 4/h}")
        + "goal: {minimise: loss_vnd, costs: {policy: {at: {a: 0 VND, b: 1 VND}}}}",
        ["does not say what the base costs", "as it is: 120 million VND"],
    ),
    "no amount": (
        LEVERS + "goal: {minimise: {metric: wait_mean, times: many}}",
        ["6:45: ", 'must be a number, got "many"'],
    ),
    "limit without a sense": (GOAL + "limits: [{metric: wait_mean}]", ["7:10: ", "must say one of at most, at least"]),
    "limit in another unit": (
        GOAL + "limits: [{metric: wait_mean, at most: 3 trucks}]",
        ["7:39: ", 'has the unit "trucks"', "wait_mean is in min"],
    ),
    "limit beyond all numbers": (
        GOAL + "limits: [{metric: wait_mean, at most: 1e400 min}]",
        ["7:39: ", 'is too large, got "1e400 min"'],
    ),
    "limit of no share": (
        GOAL + "limits: [{metric: wait_mean, worse by at most: many %}]",
        ["7:48: ", 'must be a number, got "many %"'],
    ),
    "limit on an unknown lever": (
        GOAL + "limits: [{metric: wait_mean, worse by at most: 3 min, against: {boots: 4}}]",
        ['no lever "boots"', "did you mean booths?"],
    ),
    "limit on an unknown level": (
        GOAL + "limits: [{metric: wait_mean, worse by at most: 3 min, against: {policy: c}}]",
        ["no such level of policy"],
    ),
    "lever zipped with an uncertainty": (
        GOAL + "uncertainties: {flows.trucks.rate: [1/h, 2/h]}\nzip: [booths, flows.trucks.rate]",
        ["zips levers with uncertainties"],
    ),
    "no list of futures": (
        GOAL + "uncertainties: {flows.trucks.rate: {low: 1/h, high: 2/h}}",
        ["has no list of values, which a grid needs"],
    ),
    "unknown level": (GOAL.replace("[4, 5]", "[4, -5]"), ["5:66: ", "must be a whole number from 0 to 10000"]),
    "fails of nothing": (
        GOAL + "uncertainties: {flows.trucks.rate: [1/h, 2/h]}\nfails: {metric: wait_mean}",
        ["must say more than, or less than"],
    ),
    "fails in another unit": (
        GOAL + "uncertainties: {flows.trucks.rate: [1/h, 2/h]}\nfails: {metric: wait_mean, more than: 3}",
        ["8:39: ", "must be a duration"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "told"), FAULTS.values(), ids=FAULTS)
def test_faults_are_told_at_their_place_and_nothing_is_written(command, write, tmp_path, text, told):
    done = command("search", write(text + "\n"), "--out", "out")
    assert done.code == 2
    assert [part for part in told if part not in done.err] == []
    assert "Traceback" not in done.err
    assert not (tmp_path / "out").exists()


# What is a fault of the file for a search only: without a goal, the file is a sweep like any other.
@pytest.mark.parametrize(("text", "told"), [x for name, x in FAULTS.items() if name not in ("no goal", "no levers")],
                         ids=[name for name in FAULTS if name not in ("no goal", "no levers")])  # fmt: skip
def test_check_tells_the_same_as_a_search(command, write, text, told):
    done = command("check", write(text + "\n"))
    assert done.code == 2
    assert [part for part in told if part not in done.err] == []


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("limits: [{metric: wait_mean, at most: 3 trucks}]", ["6:39: ", 'has the unit "trucks"']),
        ("limits: [{metric: wait_men, at most: 3 min}]", ["6:10: ", 'no metric "wait_men"']),
        ("fails: {metric: wait_mean, more than: 3}", ["6:39: ", "must be a duration"]),
        ("fails: {metric: inside_peak, more than: 3}", ["6:8: ", "inside_peak must say its place"]),
    ],
)  # fmt: skip
def test_check_reads_limits_and_fails_of_a_sweep_without_a_goal(command, write, wish, told):
    done = command("check", write(LEVERS + wish + "\n"))
    assert done.code == 2
    assert [part for part in told if part not in done.err] == []


def test_check_finds_nothing_in_a_sound_search(command, write):
    costs = "costs: {booths: 4 million VND, policy: {at: {a: 0 VND, b: 0 VND}}}"
    limits = "limits: [{metric: wait_mean, cargo: each, worse by at most: 3 min, against: {booths: 4}}]"
    fails = "uncertainties: {flows.trucks.rate: [1/h, 2/h]}\nfails: {metric: wait_mean, more than: 3 h}"
    wish = f"goal: {{minimise: [{{metric: waited_hours, times: 50 thousand VND}}], {costs}}}\n{limits}\n{fails}\n"
    done = command("check", write(LEVERS + wish))
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("0 errors, 0 warnings.\n")


def test_a_budget_that_does_not_cover_the_last_runs_is_refused(command, write, tmp_path):
    """4 settings and the base 10 times each, and 3 settings 4 times."""
    done = command("search", write(GOAL), "--budget", 61, "--out", "out")
    assert done.code == 2
    assert "50 are kept for the last 4 settings and the base, so it takes 62" in done.err
    assert not (tmp_path / "out").exists()
