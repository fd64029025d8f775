"""HyperLogLogs, and the replies of their commands."""

from __future__ import annotations

import pytest

from tests.cluster.modes import CROSS_SLOT, MODES, Case, Factory, check, named

CASES: dict[str, Case] = {
    "pfadd": [
        (lambda c: c.pfadd("p"), 1),
        (lambda c: c.pfadd("p"), 0),
        (lambda c: c.pfadd("p", "a", 1, 2.5), 1),
        (lambda c: c.pfadd("p", "a"), 0),
    ],
}

# What a pipeline for one slot refuses.
CROSS_SLOT_CASES: dict[str, Case] = {
    "pfcount and pfmerge": [
        (lambda c: c.pfcount("{p}1"), 0),
        (lambda c: c.pfadd("{p}1", "a", "b"), 1),
        (lambda c: c.pfadd("{p}2", "b", "c"), 1),
        (lambda c: c.pfcount("{p}1", "{p}2"), 3),
        (lambda c: c.pfmerge("{p}3", "{p}1", "{p}2"), True),
        (lambda c: c.pfcount("{p}3"), 3),
        (lambda c: c.pfmerge("{p}4"), True),
    ],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", named(CASES))
def test_replies(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CASES[name])


@pytest.mark.parametrize("mode", CROSS_SLOT)
@pytest.mark.parametrize("name", named(CROSS_SLOT_CASES))
def test_replies_in_a_pipeline_for_many_slots(make_client: Factory, mode: str, name: str) -> None:
    check(make_client, mode, CROSS_SLOT_CASES[name])
