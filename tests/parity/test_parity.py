"""Each call of calls.txt gives on this client what it gives on redis-py-cluster 2.1.3, or the file
differences.py says why it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.parity import cases
from tests.parity.cases import Case
from tests.parity.conftest import Both
from tests.parity.differences import EXPLAINED

# The first test makes the old client's virtual environment.
pytestmark = pytest.mark.timeout(300)

CASES = cases.read()
RUNS = [(case, mode) for case in CASES for mode in case.modes]


def explanations(explained: dict[str, str]) -> Iterator[tuple[str, set[str], str]]:
    """The case's name, the words of its modes, the reason: one for each line."""
    for reason, lines in explained.items():
        for line in lines.strip().splitlines():
            name, _, words = line.strip().partition(" / ")
            yield name, set(words.split()), reason


def reason_for(case: Case, mode: str) -> str | None:
    for name, words, reason in explanations(EXPLAINED):
        if name == case.name and words <= set(mode.split()):
            return reason
    return None


def side_by_side(case: Case, old: list[str], new: list[str]) -> str:
    """What differs, for the reader of a failure."""
    statements = case.program.split("; ") if len(case.program.split("; ")) == len(old) else [""] * len(old)
    lines = [case.program]
    for statement, before, after in zip(statements, old, new):
        if before != after:
            lines.append(f"  {statement}\n    old: {before}\n    new: {after}")
    return "\n".join(lines)


@pytest.mark.parametrize(("case", "mode"), RUNS, ids=[f"{case.name} [{mode}]" for case, mode in RUNS])
def test_a_call_gives_what_it_always_gave(both: Both, case: Case, mode: str) -> None:
    old, new = both(case, mode)
    assert len(old) == len(new) > 0
    reason = reason_for(case, mode)
    if reason is None:
        assert old == new, side_by_side(case, old, new)
    else:
        assert old != new, f"differences.py explains it, but there is no difference: {reason}"


def test_case_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_a_case_calls_its_method() -> None:
    pass


def test_every_explained_case_exists() -> None:
    names = {case.name for case in CASES}
    for name, words, reason in explanations(EXPLAINED):
        assert name in names
        assert words <= {"client", "pipeline", "decoding"}
        assert reason
