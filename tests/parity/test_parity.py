"""Each call of calls.txt gives on this client what it gives on redis-py-cluster 2.1.3, or the file
differences.py says why it does not."""

from __future__ import annotations

import ast
import os
import re

import pytest

from tests.parity import cases
from tests.parity.cases import Case
from tests.parity.conftest import Both
from tests.parity.differences import alike, explanations, reason_for
from tests.support import surface

# The first test makes the old client's virtual environment, which takes longer than other tests.
pytestmark = pytest.mark.timeout(300)

CASES = cases.read()
RUNS = [(case, mode) for case in CASES for mode in case.modes]
COMMANDS = {surface.command(line).method for line in surface.sections()["commands"]}
# It would make masters of all replicas, of which no node knows another.
NOT_PLAYED = {"cluster_reset_all_nodes"}
MISSING = re.compile(r"raises AttributeError: '(RedisCluster|ClusterPipeline)' object has no ")


def excerpts(*texts: str) -> list[str]:
    """What there is around the first difference, of texts that may be very long."""
    begin = max(0, len(os.path.commonprefix(texts)) - 150)
    return [("... " if begin else "") + text[begin : begin + 400] for text in texts]


def side_by_side(case: Case, old: list[str], new: list[str]) -> str:
    """The statements that differ, for the reader of a failure."""
    lines = [""]
    for statement, before, after in zip(ast.parse(case.program).body, old, new):
        if not alike(before, after):
            before, after = excerpts(before, after)
            lines += [f"  {ast.unparse(statement)}", f"    old: {before}", f"    new: {after}"]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("case", "mode"), RUNS, ids=[f"{case.name} [{mode}]" for case, mode in RUNS]
)
def test_a_call_gives_what_it_always_gave(both: Both, case: Case, mode: str) -> None:
    old, new = both(case, mode)
    assert len(old) == len(new) > 0
    same = all(map(alike, old, new))
    reason = reason_for(case.name, mode)
    if reason is None:
        assert same, side_by_side(case, old, new)
    else:
        assert not same, f"explained in differences.py, and no different: {reason}"
        assert not any(map(MISSING.match, new)), side_by_side(case, old, new)


def test_every_command_is_played() -> None:
    assert COMMANDS - {case.method for case in CASES} == NOT_PLAYED


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_plays_its_method(case: Case) -> None:
    """An item of the client stands for its method: rc['k'] for __getitem__."""
    if case.method in COMMANDS and not case.method.startswith("__"):
        assert f"rc.{case.method}(" in case.program


def test_a_case_is_one_of_its_kind() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({case.program for case in CASES}) == len(CASES)


def test_every_explanation_is_of_a_case() -> None:
    modes = {case.name: {word for mode in case.modes for word in mode.split()} for case in CASES}
    for name, words, _ in explanations():
        assert name in modes
        assert words <= modes[name]
