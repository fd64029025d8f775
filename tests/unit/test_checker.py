"""The append checker finds each kind of violation, and none in a history that is right."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.support.checker import Fate, Handover, History, Verdict, Write

GONE = 10.0  # when the primary is lost


def acknowledged(number: int, reply: int | None = None, at: float = 0.0) -> Write:
    return Write(number, Fate.ACKNOWLEDGED, number + 1 if reply is None else reply, at, at + 0.1)


def ended(number: int, fate: Fate, at: float = 0.0) -> Write:
    return Write(number, fate, 0, at, at + 0.1)


# The replica had two of a list, and one of a counter.
HANDOVER = Handover(GONE - 0.5, GONE + 0.1, {"l": 2, "c": 1})


def check_list(writes: Sequence[Write], found: Sequence[int], *handovers: Handover) -> Verdict:
    history = History(["l"], [])
    history.lists["l"] += writes
    return history.check({"l": found}, {}, handovers)


def check_counter(writes: Sequence[Write], value: int, *handovers: Handover) -> Verdict:
    history = History([], ["c"])
    history.counters["c"] += writes
    return history.check({}, {"c": value}, handovers)


THREE = [acknowledged(0), acknowledged(1), acknowledged(2)]


def test_a_history_without_losses() -> None:
    verdict = check_list(THREE, [0, 1, 2])
    assert (verdict.violations, verdict.lost) == ([], [])
    assert verdict.fates == {Fate.ACKNOWLEDGED: 3}


@pytest.mark.parametrize("found", [[0, 2], [0, 1, 2]])
def test_an_unknown_write_may_have_run_or_not(found: list[int]) -> None:
    writes = [acknowledged(0), ended(1, Fate.UNKNOWN), acknowledged(2, len(found))]
    assert check_list(writes, found).violations == []


@pytest.mark.parametrize(
    "found, words",
    [
        ([0, 1], "is missing"),
        ([0, 1, 1, 2], "1 stands there 2 times"),
        ([0, 2, 1], "1 stands behind 2"),
        ([0, 1, 2, 7], "7 was never pushed"),
    ],
)
def test_lists_that_are_wrong(found: list[int], words: str) -> None:
    assert words in str(check_list(THREE, found))


def test_an_unknown_write_that_ran_twice() -> None:
    verdict = check_list([acknowledged(0), ended(1, Fate.UNKNOWN)], [0, 1, 1])
    assert verdict.violations == ["l: 1 stands there 2 times"]


def test_a_reply_of_another_command() -> None:
    verdict = check_list([acknowledged(0), acknowledged(1, 1)], [0, 1])
    assert len(verdict.violations) == 1
    assert "stands at place 2" in str(verdict)


@pytest.mark.parametrize("fate", [Fate.NOT_SENT, Fate.REFUSED, Fate.FAILED])
def test_a_write_that_was_said_not_to_have_run(fate: Fate) -> None:
    writes = [acknowledged(0), ended(1, fate)]
    assert check_list(writes, [0]).violations == []
    assert "was said not to have run" in str(check_list(writes, [0, 1]))


# ---- a primary is lost ----

LATE = [acknowledged(0), acknowledged(1, at=GONE - 0.3), acknowledged(2, at=GONE - 0.2)]


def test_what_only_the_lost_primary_had() -> None:
    writes = [*LATE, ended(3, Fate.UNKNOWN, GONE), acknowledged(4, 3, GONE + 5)]
    verdict = check_list(writes, [0, 1, 4], HANDOVER)
    assert verdict.violations == []
    assert [loss.write.number for loss in verdict.lost] == [2]


def test_what_the_replica_had_must_not_be_lost() -> None:
    assert "is missing" in str(check_list(LATE, [0], HANDOVER))


def test_what_was_acknowledged_long_before_must_not_be_lost() -> None:
    writes = [acknowledged(0), acknowledged(1), acknowledged(2, at=GONE - 0.7)]
    assert "is missing" in str(check_list(writes, [0, 1], HANDOVER))


def test_what_the_new_primary_acknowledged_must_not_be_lost() -> None:
    writes = [acknowledged(0), acknowledged(1), acknowledged(2, at=GONE + 0.2)]
    assert "is missing" in str(check_list(writes, [0, 1], HANDOVER))


def test_a_key_of_another_shard() -> None:
    elsewhere = HANDOVER._replace(had={"other": 0})
    assert "is missing" in str(check_list(LATE, [0, 1], elsewhere))


# ---- twins ----


def check_twins(fate: Fate, one: Sequence[int], other: Sequence[int]) -> list[str]:
    history = History(["one", "other"], [])
    history.twins.append(("one", "other"))
    for key in ("one", "other"):
        history.lists[key] += [acknowledged(0), ended(1, fate)]
    return history.check({"one": one, "other": other}, {}).violations


def test_a_transaction_runs_whole_or_not_at_all() -> None:
    assert check_twins(Fate.UNKNOWN, [0], [0]) == []
    assert check_twins(Fate.UNKNOWN, [0, 1], [0, 1]) == []
    assert check_twins(Fate.UNKNOWN, [0, 1], [0]) == ["one and other differ"]
    assert check_twins(Fate.REFUSED, [0], [0]) == []


# ---- counters ----


@pytest.mark.parametrize("value, right", [(1, False), (2, True), (3, True), (4, False)])
def test_totals(value: int, right: bool) -> None:
    writes = [acknowledged(0), ended(0, Fate.UNKNOWN), acknowledged(1)]
    assert (check_counter(writes, value).violations == []) is right


def test_a_reply_that_two_commands_got() -> None:
    verdict = check_counter([acknowledged(0), acknowledged(0)], 2)
    assert verdict.violations == ["c: 2 were answered with 1"]


def test_a_reply_from_beyond() -> None:
    verdict = check_counter([acknowledged(0), acknowledged(6)], 2)
    assert verdict.violations == ["c: is 2, and was answered with 7"]


@pytest.mark.parametrize("value, right", [(1, False), (2, True), (3, True), (4, True), (5, False)])
def test_totals_over_a_lost_primary(value: int, right: bool) -> None:
    """Of three, one was surely passed on; the one after the handover was answered with 2."""
    writes = [*LATE, acknowledged(1, at=GONE + 1)]
    assert (check_counter(writes, value, HANDOVER).violations == []) is right


def test_verdicts_add_up() -> None:
    total = check_list(THREE, [0, 1])
    total.add(check_list(LATE, [0, 1], HANDOVER))
    assert (len(total.violations), len(total.lost)) == (1, 1)
    assert total.fates == {Fate.ACKNOWLEDGED: 6}
