"""The checker of values: keys that one thread each sets to growing numbers, reads and deletes.

What is read may be neither older than what was acknowledged before, nor than what was read before;
afterwards as well. Many keys are set, read and deleted by one command, a split: if it fails, each
key has a fate of its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tests.support.checker import Fate, Handover, Loss, Verdict, Write, excused

ABSENT = 0  # the value of a key that does not exist

_POSSIBLE = (Fate.ACKNOWLEDGED, Fate.UNKNOWN)


class Change(NamedTuple):
    """A write, and the number that it leaves.

    The write's reply is its number: what a replica has below that, it has without this write.
    """

    write: Write
    value: int

    def is_certain(self, key: str, handovers: Sequence[Handover]) -> bool:
        """Whether it ran, and no lost primary has taken it along."""
        ran = self.write.fate is Fate.ACKNOWLEDGED
        return ran and not excused(handovers, key, self.write)


class Look(NamedTuple):
    """What was read when the first `place` changes had been made, or had failed."""

    place: int
    value: int
    began: float
    ended: float


class Removal(NamedTuple):
    """How many keys a command said it has deleted; `places` as in Look, of each of its keys."""

    places: Mapping[str, int]
    keys: int


_NOTHING = Change(Write(0, Fate.ACKNOWLEDGED, 0, -math.inf, -math.inf), ABSENT)


class Register:
    """All that happened to one key, in the order of time."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.changes = [_NOTHING]
        self.looks: list[Look] = []

    def writes(self) -> list[Write]:
        return [change.write for change in self.changes[1:]]

    def check(self, verdict: Verdict, found: int, handovers: Sequence[Handover]) -> None:
        oldest = made = 0  # the oldest change that may be the last one that counts
        for look in [*self.looks, Look(len(self.changes), found, math.inf, math.inf)]:
            for place in range(made, look.place):
                if self.changes[place].is_certain(self.key, handovers):
                    oldest = place
            made = look.place
            shown = self._shown(look, oldest)
            if shown is None:
                verdict.violations.append(f"{self.key}: {self._wrong(look, oldest)}")
            elif not excused(handovers, self.key, self._read(look, shown)):
                oldest = shown
        self._find_losses(verdict, found, oldest)

    def _shown(self, look: Look, oldest: int) -> int | None:
        """The first change that the look may have shown."""
        for place in range(oldest, look.place):
            change = self.changes[place]
            if change.value == look.value and change.write.fate in _POSSIBLE:
                return place
        return None

    def _read(self, look: Look, shown: int) -> Write:
        """A change that was seen is as good as acknowledged."""
        number = self.changes[shown].write.number
        return Write(number, Fate.ACKNOWLEDGED, number, look.began, look.ended)

    def _wrong(self, look: Look, oldest: int) -> str:
        known = [change for change in self.changes[: look.place] if change.value == look.value]
        if not known:
            return f"is {look.value}, which was never set"
        if look.value != ABSENT and known[0].write.fate not in _POSSIBLE:
            return f"{known[0].write} ran, and was said not to have run"
        return f"is {look.value} again, behind {self.changes[oldest]}"

    def _find_losses(self, verdict: Verdict, found: int, oldest: int) -> None:
        shown = self._shown(Look(len(self.changes), found, math.inf, math.inf), oldest)
        for change in self.changes[len(self.changes) if shown is None else shown + 1 :]:
            if change.write.fate is Fate.ACKNOWLEDGED:
                verdict.lost.append(Loss(self.key, change.write))

    def exists_after(self, place: int, handovers: Sequence[Handover]) -> bool | None:
        """Whether there was a value after so many changes; None: nobody knows."""
        last = self.changes[place - 1]
        return last.value != ABSENT if last.is_certain(self.key, handovers) else None


class Registers:
    """All such keys, and the commands over many of them."""

    def __init__(self) -> None:
        self.of: dict[str, Register] = {}
        self.removals: list[Removal] = []

    def add(self, keys: Iterable[str]) -> None:
        self.of.update((key, Register(key)) for key in keys)

    def wrote(self, key: str, write: Write, value: int) -> None:
        self.of[key].changes.append(Change(write, value))

    def read(self, key: str, value: int, began: float, ended: float) -> None:
        register = self.of[key]
        register.looks.append(Look(len(register.changes), value, began, ended))

    def removed(self, keys: Iterable[str], count: int) -> None:
        """To be told before the fate of the deletion itself."""
        self.removals.append(Removal({key: len(self.of[key].changes) for key in keys}, count))

    def writes(self) -> list[Write]:
        return [write for register in self.of.values() for write in register.writes()]

    def check(self, found: Mapping[str, int], handovers: Sequence[Handover] = ()) -> Verdict:
        """Hold what was read back against what was noted; `handovers` in the order of time."""
        verdict = Verdict(fates=Counter(write.fate for write in self.writes()))
        for key, register in self.of.items():
            register.check(verdict, found[key], handovers)
        for removal in self.removals:
            self._check_removal(verdict, removal, handovers)
        return verdict

    def _check_removal(
        self, verdict: Verdict, removal: Removal, handovers: Sequence[Handover]
    ) -> None:
        """A deletion that ran twice, and was answered the second time, has found less."""
        there = [
            self.of[key].exists_after(place, handovers) for key, place in removal.places.items()
        ]
        low, high = there.count(True), len(there) - there.count(False)
        if not low <= removal.keys <= high:
            keys = ", ".join(removal.places)
            verdict.violations.append(f"{removal.keys} of {keys} deleted, not {low} to {high}")
