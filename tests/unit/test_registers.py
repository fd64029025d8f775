"""The checker of values finds each kind of violation, and none in a history that is right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Union

import pytest

from tests.support.checker import Fate, Handover, Verdict, Write
from tests.support.registers import ABSENT, Change, Registers

GONE = 10.0  # when the primary is lost

# The replica had the second value.
HANDOVER = Handover(GONE - 0.5, GONE + 0.1, {"k": 2})


def changed(number: int, fate: Fate = Fate.ACKNOWLEDGED, at: float = 0.0) -> Write:
    return Write(number, fate, number if fate is Fate.ACKNOWLEDGED else 0, at, at + 0.1)


class Read(NamedTuple):
    """What was read, and when."""

    value: int
    at: float = 0.0


def put(number: int, fate: Fate = Fate.ACKNOWLEDGED, at: float = 0.0) -> Change:
    return Change(changed(number, fate, at), number)


def deleted(number: int, fate: Fate = Fate.ACKNOWLEDGED, at: float = 0.0) -> Change:
    return Change(changed(number, fate, at), ABSENT)


Event = Union[Change, Read]


def check(events: Sequence[Event], found: int, *handovers: Handover) -> Verdict:
    registers = Registers()
    registers.add(["k"])
    for event in events:
        if isinstance(event, Read):
            registers.read("k", event.value, event.at, event.at + 0.1)
        else:
            registers.wrote("k", *event)
    return registers.check({"k": found}, handovers)


def test_a_history_without_losses() -> None:
    events: list[Event] = [Read(ABSENT), put(1), Read(1), put(2), Read(2)]
    verdict = check([*events, deleted(3), Read(ABSENT), put(4)], 4)
    assert (verdict.violations, verdict.lost) == ([], [])
    assert verdict.fates == {Fate.ACKNOWLEDGED: 4}


@pytest.mark.parametrize("found", [1, 2, 3])
def test_unknown_changes_may_have_been_made_or_not(found: int) -> None:
    events: list[Event] = [put(1), put(2, Fate.UNKNOWN), put(3, Fate.UNKNOWN)]
    assert check(events, found).violations == []
    assert check([*events, Read(found)], found).violations == []


@pytest.mark.parametrize("found, right", [(1, True), (ABSENT, True), (3, False)])
def test_an_unknown_deletion(found: int, right: bool) -> None:
    verdict = check([put(1), deleted(2, Fate.UNKNOWN)], found)
    assert (verdict.violations == []) is right


@pytest.mark.parametrize(
    "found, words",
    [
        (1, "is 1 again"),
        (2, "is 2 again"),
        (ABSENT, "is 0 again"),
        (7, "is 7, which was never set"),
    ],
)
def test_values_that_are_wrong(found: int, words: str) -> None:
    events: list[Event] = [put(1), put(2, Fate.UNKNOWN), put(3)]
    assert words in str(check(events, found))
    assert words in str(check([*events, Read(found), put(4)], 4))


def test_a_deleted_key_that_is_back() -> None:
    assert "is 1 again" in str(check([put(1), deleted(2)], 1))


def test_a_value_from_the_future() -> None:
    assert "never set" in str(check([put(1), Read(2), put(2)], 2))


def test_reads_that_go_back() -> None:
    unknown = put(2, Fate.UNKNOWN)
    assert check([put(1), unknown, Read(1), Read(2)], 2).violations == []
    assert "is 1 again" in str(check([put(1), unknown, Read(2), Read(1)], 2))
    assert "is 1 again" in str(check([put(1), unknown, Read(2)], 1))


@pytest.mark.parametrize("fate", [Fate.NOT_SENT, Fate.REFUSED, Fate.FAILED])
def test_a_change_that_was_said_not_to_have_been_made(fate: Fate) -> None:
    assert check([put(1), put(2, fate)], 1).violations == []
    assert "was said not to have run" in str(check([put(1), put(2, fate)], 2))
    assert "is 0 again" in str(check([put(1), deleted(2, fate)], ABSENT))


# ---- a primary is lost ----

LATE = [put(1), put(2, at=GONE - 0.3), put(3, at=GONE - 0.2)]


def test_what_only_the_lost_primary_had() -> None:
    verdict = check([*LATE, Read(3, GONE - 0.1), Read(2, GONE + 1)], 2, HANDOVER)
    assert verdict.violations == []
    assert [loss.write.number for loss in verdict.lost] == [3]


def test_a_lost_value_is_replaced() -> None:
    events: list[Event] = [*LATE, put(4, Fate.UNKNOWN, GONE), Read(2, GONE + 1), put(5, at=20)]
    verdict = check(events, 5, HANDOVER)
    assert (verdict.violations, verdict.lost) == ([], [])


def test_what_the_replica_had_must_not_be_lost() -> None:
    assert "is 1 again" in str(check(LATE, 1, HANDOVER))
    assert "is 1 again" in str(check([*LATE, Read(1, GONE + 1), put(4, at=20)], 4, HANDOVER))


def test_what_was_acknowledged_long_before_must_not_be_lost() -> None:
    assert "is 2 again" in str(check([put(1), put(2), put(3, at=GONE - 0.7)], 2, HANDOVER))


def test_what_was_read_long_before_must_not_be_lost() -> None:
    events = [put(2), put(3, Fate.UNKNOWN)]
    assert "is 2 again" in str(check([*events, Read(3, GONE - 0.7)], 2, HANDOVER))
    assert check([*events, Read(3, GONE - 0.3)], 2, HANDOVER).violations == []


def test_what_the_new_primary_acknowledged_must_not_be_lost() -> None:
    assert "is 2 again" in str(check([put(1), put(2), put(3, at=GONE + 0.2)], 2, HANDOVER))


def test_a_key_of_another_shard() -> None:
    elsewhere = HANDOVER._replace(had={"other": 0})
    assert "is 2 again" in str(check(LATE, 2, elsewhere))


# ---- how many were deleted ----


def check_removal(before: Sequence[Change], count: int, *handovers: Handover) -> list[str]:
    """Of two keys; one is set and stays, the other has the events."""
    registers = Registers()
    registers.add(["sure", "k"])
    registers.wrote("sure", *put(1))
    for change in before:
        registers.wrote("k", *change)
    registers.removed(["sure", "k"], count)
    for key in ("sure", "k"):
        registers.wrote(key, *deleted(9, at=20))
    return registers.check({"sure": ABSENT, "k": ABSENT}, handovers).violations


@pytest.mark.parametrize(
    "before, right",
    [
        ([], {1}),
        ([put(1)], {2}),
        ([put(1), deleted(2)], {1}),
        ([put(1, Fate.UNKNOWN)], {1, 2}),
        ([put(1), deleted(2, Fate.UNKNOWN)], {1, 2}),
    ],
)
def test_how_many_were_there_to_be_deleted(before: list[Change], right: set[int]) -> None:
    assert {count for count in range(4) if not check_removal(before, count)} == right


def test_a_key_that_the_lost_primary_has_taken_along() -> None:
    before = [put(3, at=GONE - 0.2)]
    assert {n for n in range(4) if not check_removal(before, n, HANDOVER)} == {1, 2}
    assert check_removal(before, 1) == ["1 of sure, k deleted, not 2 to 2"]
