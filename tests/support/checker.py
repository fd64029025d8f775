"""The append checker: what a program was told of its writes, held against what the cluster has.

Numbers that only increase are pushed to lists, each by one thread, and counters are counted up by
all of them. Every command's fate is noted. Afterwards each list tells by its content what was lost,
run twice, run out of order, or answered with another command's reply. Twins are two lists that get
each number in one transaction.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Fate(enum.Enum):
    """How a command ended; the values are those of an exception's `outcome`."""

    ACKNOWLEDGED = "acknowledged"
    UNKNOWN = "unknown"
    NOT_SENT = "not sent"
    REFUSED = "refused"
    FAILED = "replied"


class Write(NamedTuple):
    """One RPUSH of a number, or one INCR (its number says nothing), and its fate.

    `reply` is 0 but for acknowledged ones. It ran, if it ran, between `began` and `ended`.
    """

    number: int
    fate: Fate
    reply: int
    began: float
    ended: float


class Handover(NamedTuple):
    """A primary was lost at some moment between `began` and `ended`, and a replica took over.

    At `began` the replica had all that had been acknowledged; after `ended` the primary
    acknowledged nothing. `had` is how far the replica was when it was alone: the length or value of
    each key in its shard. What lies beyond, the primary has taken along: servers replicate
    asynchronously.
    """

    began: float
    ended: float
    had: Mapping[str, int]

    def excuses(self, key: str, write: Write) -> bool:
        """Whether the lost primary may have acknowledged the write and not passed it on."""
        at_the_time = write.began <= self.ended and self.began <= write.ended
        return at_the_time and key in self.had and write.reply > self.had[key]


class Loss(NamedTuple):
    """A write that was acknowledged and is gone with the primary that acknowledged it."""

    key: str
    write: Write


@dataclass
class Verdict:
    """What a check has found; `violations` is empty when all is well."""

    violations: list[str] = field(default_factory=list)
    fates: Counter[Fate] = field(default_factory=Counter)
    lost: list[Loss] = field(default_factory=list)

    def __str__(self) -> str:
        counts = ", ".join(f"{self.fates[fate]} {fate.value}" for fate in Fate)
        text = f"{counts}; {len(self.lost)} lost by the servers"
        return "\n".join([text, *self.violations[:20]])

    def add(self, other: Verdict) -> None:
        self.violations += other.violations
        self.fates += other.fates
        self.lost += other.lost


class History:
    """All writes, by key. Each list is written by one thread, counters by any."""

    def __init__(self, lists: Iterable[str], counters: Iterable[str]) -> None:
        self.lists: dict[str, list[Write]] = {key: [] for key in lists}
        self.counters: dict[str, list[Write]] = {key: [] for key in counters}
        self.twins: list[tuple[str, str]] = []

    def writes(self) -> list[tuple[str, Write]]:
        """All of them, with their keys."""
        return [
            (key, write)
            for writes_of in (self.lists, self.counters)
            for key, writes in writes_of.items()
            for write in writes
        ]

    def check(
        self,
        lists: Mapping[str, Sequence[int]],
        counters: Mapping[str, int],
        handovers: Sequence[Handover] = (),
    ) -> Verdict:
        """Hold what was read back against what was noted; `handovers` in the order of time."""
        verdict = Verdict(fates=Counter(write.fate for _, write in self.writes()))
        for key, writes in self.lists.items():
            _check_list(verdict, key, writes, lists[key], handovers)
        for key, writes in self.counters.items():
            _check_counter(verdict, key, writes, counters[key], handovers)
        for one, other in self.twins:
            if list(lists[one]) != list(lists[other]):
                verdict.violations.append(f"{one} and {other} differ")
        return verdict


def excused(handovers: Sequence[Handover], key: str, write: Write) -> bool:
    """Whether one of the handovers excuses that the write is gone."""
    return any(handover.excuses(key, write) for handover in handovers)


def _check_list(
    verdict: Verdict,
    key: str,
    writes: Sequence[Write],
    found: Sequence[int],
    handovers: Sequence[Handover],
) -> None:
    known = {write.number for write in writes}
    times = Counter(found)
    for number, count in times.items():
        if count > 1:
            verdict.violations.append(f"{key}: {number} stands there {count} times")
        if number not in known:
            verdict.violations.append(f"{key}: {number} was never pushed")
    for before, after in zip(found, found[1:]):
        if before > after:
            verdict.violations.append(f"{key}: {after} stands behind {before}")
    places = {number: place for place, number in enumerate(found, 1)}
    for write in writes:
        _check_write(verdict, key, write, places.get(write.number), handovers)


def _check_write(
    verdict: Verdict, key: str, write: Write, place: int | None, handovers: Sequence[Handover]
) -> None:
    """The reply of RPUSH is the number's place, also if what stood there before was lost."""
    if write.fate is Fate.ACKNOWLEDGED:
        if place is None and excused(handovers, key, write):
            verdict.lost.append(Loss(key, write))
        elif place is None:
            verdict.violations.append(f"{key}: {write} is missing")
        elif place != write.reply:
            verdict.violations.append(f"{key}: {write} stands at place {place}")
    elif write.fate is not Fate.UNKNOWN and place is not None:
        verdict.violations.append(f"{key}: {write} ran, and was said not to have run")


def _check_counter(
    verdict: Verdict,
    key: str,
    writes: Sequence[Write],
    value: int,
    handovers: Sequence[Handover],
) -> None:
    acknowledged = [write for write in writes if write.fate is Fate.ACKNOWLEDGED]
    safe = [write for write in acknowledged if not excused(handovers, key, write)]
    high = len(acknowledged) + sum(write.fate is Fate.UNKNOWN for write in writes)
    if not len(safe) <= value <= high:
        verdict.violations.append(f"{key}: is {value}, not {len(safe)} to {high}")
    for reply, count in Counter(write.reply for write in safe).items():
        if count > 1:
            verdict.violations.append(f"{key}: {count} were answered with {reply}")
        if reply > value:
            verdict.violations.append(f"{key}: is {value}, and was answered with {reply}")
