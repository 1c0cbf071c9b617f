"""Reading what a search is after: the keys goal, limits and fails of a sweep file, every fault at its place."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sim.scenario.faults import Fault, Place, did_you_mean, fault, quoted
from sim.scenario.goal_schema import FUTURES, MOST_FUTURES, Amount, Cost, Fails, Goal, Limit, Sense, Term, Wanted
from sim.scenario.layers import text_of
from sim.scenario.sweep_wanted import read_metric
from sim.scenario.words import got
from sim.scenario.yaml_text import Items, Node, Scalar, Table

SENSES: tuple[Sense, ...] = ("at most", "at least", "worse by at most")
EACH = "each"
_SOURCE = ("fact", "assumption", "range")  # beside any price or cost
_GOAL = "goal: {minimise: {metric: wait_mean, gate: huu-nghi}}"
_LIMIT = "{metric: wait_mean, gate: huu-nghi, cargo: each, worse by at most: 15 min}"
_FAILS = "fails: {metric: wait_mean, gate: huu-nghi, more than: 24 h}"


@dataclass(slots=True)
class GoalReader:
    """Reads the parts of one file; faults are gathered."""

    faults: list[Fault]
    whole: Callable[..., int | None]  # reads a whole number: (node, name, low=, high=)

    def _refuse(self, place: Place, path: str, message: str, hint: str = "") -> None:
        self.faults.append(fault(place, message, path=path, hint=hint))

    def _known(self, node: Table, path: str, known: tuple[str, ...]) -> None:
        for key, entry in node.entries.items():
            if key not in known:
                self._refuse(entry.key.place, f"{path}.{key}", "unknown key", did_you_mean(key, known))

    def wanted(self, item: Node, path: str, beside: tuple[str, ...] = ()) -> Wanted | None:
        """The metric of a mapping, which may have the keys `beside` as well, or of its bare name."""
        return read_metric(item, path, self.faults, beside=beside)

    # ------------------------------------------------------------------------------------------ goal

    def goal(self, node: Node | None) -> Goal | None:
        """What is minimised; None if the file does not say, or says it wrongly."""
        if node is None:
            return None
        if not isinstance(node, Table):
            self._refuse(node.place, "goal", f"must be a mapping, got {got(node)}", _GOAL)
            return None
        self._known(node, "goal", ("minimise", "of", "costs"))
        costs = tuple(self._costs(node.entries["costs"].node)) if "costs" in node.entries else ()
        what = node.entries["minimise"].node if "minimise" in node.entries else None
        if what is None:
            self._refuse(node.place, "goal", "must say what to minimise", _GOAL)
            return None
        of, is_worst = node.entries.get("of"), isinstance(what, Scalar) and what.text == "worst"
        if is_worst != (of is not None):
            place = of.key.place if of else what.place
            self._refuse(place, "goal", "minimise: worst goes with of: and the metrics it is the worst of",
                         "goal: {minimise: worst, of: [{metric: wait_p90, cargo: fruit}, ...]}")  # fmt: skip
            return None
        listed = of.node if of else what
        items = listed.items if isinstance(listed, Items) else (listed,)
        terms = [term for item in items if (term := self._term(item))]
        if not items:
            self._refuse(listed.place, "goal", "lists no metric", _GOAL)
        if not terms or len(terms) < len(items):
            return None
        return Goal(is_worst=is_worst, terms=tuple(terms), costs=costs, place=node.place)

    def _term(self, item: Node) -> Term | None:
        wanted = self.wanted(item, "goal", ("times", *_SOURCE))
        entries = item.entries if isinstance(item, Table) else {}
        times = self._amount(entries["times"].node, "goal.times") if "times" in entries else None
        ends = self._range(item, "goal.range")
        return Term(wanted=wanted, times=times, range=ends) if wanted else None

    def _costs(self, node: Node) -> Iterator[Cost]:
        if not isinstance(node, Table):
            self._refuse(node.place, "goal.costs", f"must be a mapping of levers, got {got(node)}",
                         "costs: {lanes: 40 million VND}")  # fmt: skip
            return
        for lever, entry in node.entries.items():
            path, part = f"goal.costs.{lever}", entry.node
            if isinstance(part, Scalar):
                each = self._amount(part, path)
                at: Mapping[str, Amount] = {}
                as_it_is = None
            elif isinstance(part, Table) and ("each" in part.entries) != ("at" in part.entries):
                self._known(part, path, ("each", "at", "as it is", *_SOURCE))
                each = self._amount(part.entries["each"].node, path) if "each" in part.entries else None
                at = self._levels(part.entries["at"].node, path) if "at" in part.entries else {}
                as_it_is = self._amount(part.entries["as it is"].node, path) if "as it is" in part.entries else None
            else:
                self._refuse(part.place, path, "must say what each unit costs, or each level",
                             "{each: 40 million VND}, or {at: {now: 0 VND, late: 90 million VND}}")  # fmt: skip
                continue
            if each or at:
                yield Cost(lever=lever, each=each, at=at, as_it_is=as_it_is, range=self._range(part, path),
                           place=entry.key.place)  # fmt: skip

    def _levels(self, node: Node, path: str) -> dict[str, Amount]:
        if not isinstance(node, Table) or not node.entries:
            self._refuse(node.place, path, f"at must be a mapping of levels to costs, got {got(node)}")
            return {}
        found = {label: self._amount(entry.node, path) for label, entry in node.entries.items()}
        return {label: amount for label, amount in found.items() if amount}

    def _amount(self, node: Node, path: str) -> Amount | None:
        if isinstance(node, Scalar) and node.text:
            return Amount(node.text, node.place)
        self._refuse(node.place, path, f"must be a number with its unit, got {got(node)}", "40 million VND")
        return None

    def _range(self, item: Node, path: str) -> tuple[Amount, ...]:
        """The ends that are plausible beside the stated value."""
        if not isinstance(item, Table) or "range" not in item.entries:
            return ()
        node = item.entries["range"].node
        ends = node.items if isinstance(node, Items) else ()
        if len(ends) != 2 or not all(isinstance(end, Scalar) for end in ends):
            self._refuse(node.place, path, "range must list two ends", "range: [20 million VND, 80 million VND]")
            return ()
        return tuple(Amount(text_of(end), end.place) for end in ends)

    # ---------------------------------------------------------------------------------------- limits

    def limits(self, node: Node | None) -> Iterator[Limit]:
        """What must be kept."""
        if node is not None and not isinstance(node, Items):
            self._refuse(node.place, "limits", f"must be a list, got {got(node)}", f"limits: [{_LIMIT}]")
        for item in node.items if isinstance(node, Items) else ():
            limit = self._limit(item)
            if limit:
                yield limit

    def _limit(self, item: Node) -> Limit | None:
        wanted = self.wanted(item, "limits", (*SENSES, "against", "in every run", *_SOURCE))
        entries = item.entries if isinstance(item, Table) else {}
        senses = [sense for sense in SENSES if sense in entries]
        if wanted is None:
            return None
        if len(senses) != 1:
            self._refuse(item.place, "limits", f"must say one of {', '.join(SENSES)}", _LIMIT)
            return None
        sense, against = senses[0], entries.get("against")
        bound = self._amount(entries[sense].node, f"limits.{sense}")
        if against is not None and sense != "worse by at most":
            self._refuse(against.key.place, "limits.against", "goes with worse by at most", _LIMIT)
        if "in every run" in entries and text_of(entries["in every run"].node) not in ("true", "false"):
            self._refuse(entries["in every run"].node.place, "limits.in every run", "must be true or false")
        if bound is None:
            return None
        return Limit(
            wanted=wanted, sense=sense, bound=bound, against=self._against(against.node) if against else {},
            in_every_run="in every run" in entries and text_of(entries["in every run"].node) == "true",
            place=item.place,
        )  # fmt: skip

    def _against(self, node: Node) -> dict[str, str]:
        if isinstance(node, Table):
            return {lever: text_of(entry.node) for lever, entry in node.entries.items()}
        if text_of(node) != "base":
            said = f"must be base or a mapping of levers, got {quoted(text_of(node))}"
            self._refuse(node.place, "limits.against", said,
                         "against: {lanes: 4}; levers not named are as in the base")  # fmt: skip
        return {}

    # ----------------------------------------------------------------------------------------- fails

    def fails(self, node: Node | None) -> Fails | None:
        """When a run counts as failed; None if the file does not say, or says it wrongly."""
        if node is None:
            return None
        entries = node.entries if isinstance(node, Table) else {}
        wanted = self.wanted(node, "fails", ("more than", "less than", "futures", *_SOURCE))
        if wanted is None:
            return None
        if ("more than" in entries) == ("less than" in entries):
            self._refuse(node.place, "fails", "must say more than, or less than", _FAILS)
            return None
        sense = "more than" if "more than" in entries else "less than"
        bound = self._amount(entries[sense].node, f"fails.{sense}")
        futures = FUTURES
        if "futures" in entries:
            futures = self.whole(entries["futures"].node, "fails.futures", low=1, high=MOST_FUTURES) or FUTURES
        return Fails(wanted=wanted, is_above=sense == "more than", bound=bound, futures=futures) if bound else None
