"""Markov chains: the long run by sparse elimination, and what changes with time by forward equations."""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.integrate import solve_ivp
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.linalg import spsolve

Floats = npt.NDArray[np.float64]
State = Hashable
Moves = Callable[[Any], Iterable[tuple[float, Any]]]  # rate and next state


def reach(start: State, moves: Moves) -> tuple[dict[State, int], csr_matrix]:
    """The states that can be reached, numbered, and the generator over them (rows sum to 0)."""
    index, todo = {start: 0}, [start]
    rows, columns, rates = [], [], []
    while todo:
        state = todo.pop()
        for rate, other in moves(state):
            if other not in index:
                index[other] = len(index)
                todo.append(other)
            rows += [index[state], index[state]]
            columns += [index[other], index[state]]
            rates += [rate, -rate]
    return index, coo_matrix((rates, (rows, columns)), (len(index), len(index))).tocsr()


def stationary(start: State, moves: Moves) -> list[tuple[Any, float]]:
    """The chance of every state in the long run."""
    index, generator = reach(start, moves)
    balance = generator.T.tolil()
    balance[0, :] = 1.0
    right = np.zeros(len(index))
    right[0] = 1.0
    found = spsolve(balance.tocsc(), right)
    return list(zip(index, found.tolist(), strict=True))


def mean_of(chances: Sequence[tuple[Any, float]], reward: Callable[[Any], float]) -> float:
    return math.fsum(p * reward(state) for state, p in chances)


# ------------------------------------------------------------------------------------ forward equations


class Forward:
    """A chain whose rates change: d/dt p = p (A + rate(t) B), with rewards added up over time."""

    def __init__(
        self, start: State, moves: Moves, arrivals: Moves, rewards: Sequence[Callable[[Any, float], float]]
    ) -> None:
        self.index, _ = reach(start, lambda s: [*((1.0, o) for _, o in moves(s)), *((1.0, o) for _, o in arrivals(s))])
        self.arrive = self.matrix(arrivals)
        self.states = list(self.index)
        self.p = np.zeros(len(self.index))
        self.p[0] = 1.0
        self.totals = np.zeros(len(rewards))
        self.rewards = rewards
        self.now = 0.0

    def matrix(self, moves: Moves) -> csr_matrix:
        """The generator of some moves over the states."""
        rows, columns, rates = [], [], []
        for state, i in self.index.items():
            for rate, other in moves(state):
                rows += [i, i]
                columns += [self.index[other], i]
                rates += [rate, -rate]
        return coo_matrix((rates, (rows, columns)), (len(self.index),) * 2).tocsr()

    def go(self, to: float, moves: Moves, rate: Callable[[float], float]) -> None:
        """On to a time, with the services that these moves give and arrivals at a rate."""
        if to <= self.now:
            return
        serve, come = self.matrix(moves).T.tocsr(), self.arrive.T.tocsr()
        plain = np.array([[r(s, 0.0) for s in self.states] for r in self.rewards])
        n = len(self.p)

        def slope(t: float, y: Floats) -> Floats:
            p = y[:n]
            return np.concatenate([serve @ p + rate(t) * (come @ p), plain @ p])

        done = solve_ivp(slope, (self.now, to), np.concatenate([self.p, self.totals]), "DOP853", rtol=1e-10, atol=1e-13)
        self.p, self.totals, self.now = done.y[:n, -1], done.y[n:, -1], to

    def change(self, after: Callable[[Any], Any]) -> None:
        """Every state becomes another at once."""
        p = np.zeros(len(self.p))
        for state, i in self.index.items():
            p[self.index[after(state)]] += self.p[i]
        self.p = p

    def mean(self, reward: Callable[[Any], float]) -> float:
        return float(self.p @ np.array([reward(s) for s in self.states]))
