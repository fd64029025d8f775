"""One list of calls and their replies, run in each way that a program may run it.

A case is written once, with replies as bytes. It runs on a client and on a pipeline, with and
without decode_responses, and replies must be of the same types, so that True is not 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from rediscluster_c import RedisCluster
from tests.support.server import SINCE

Call = Callable[[Any], Any]
Case = list[tuple[Call, object]]
Factory = Callable[..., RedisCluster]

MODES = ["client", "pipeline", "decoding client", "decoding pipeline"]
# The same for what only a pipeline for many slots takes.
CROSS_SLOT = ["client", "cross-slot pipeline", "decoding client", "decoding cross-slot pipeline"]


@dataclass
class Between:
    """Any int from `low` to `high`, for what time changes."""

    low: int
    high: int


def wait_for_replicas(client: RedisCluster) -> None:
    """All that this thread has written is on the replicas now: nothing of it comes later."""
    replicas = len(client.get_replicas()) // len(client.get_primaries())
    assert client.wait(replicas, 30000) == replicas, "a replica does not follow"


def empty(client: RedisCluster) -> None:
    """The cluster is empty, replicas as well: no late FLUSHALL is seen or counted there."""
    client.flushall()
    wait_for_replicas(client)


def needs_of(call: Call) -> list[str]:
    """The methods that a lambda calls: what a server needs to serve it."""
    return [name for name in call.__code__.co_names if name in SINCE]


def named(cases: Mapping[str, Case], since: Mapping[str, str] | None = None) -> list[Any]:
    """The cases' names as parameters of a test. Each needs the rows of the methods that it calls.

    *since*: the versions that brought an option or a kind of reply, by the name of the case.
    """
    params = []
    for name, case in cases.items():
        needs = {need for call, _ in case for need in needs_of(call)}
        if since is not None and name in since:
            needs.add(since[name])
        params.append(pytest.param(name, id=name, marks=pytest.mark.needs(*sorted(needs))))
    return params


def needing(*calls: Call) -> list[Any]:
    """The calls as parameters of a test. Each needs the rows of the methods that it calls."""
    return [pytest.param(call, marks=pytest.mark.needs(*needs_of(call))) for call in calls]


def typed(value: object) -> object:
    """The value together with its types, at all depths; comparable."""
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [typed(element) for element in value]
    if isinstance(value, dict):
        return "dict", {key: typed(element) for key, element in value.items()}
    return type(value).__name__, value


def decoded(value: Any) -> Any:
    """What decode_responses makes of a reply."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        return {decoded(key): decoded(element) for key, element in value.items()}
    if isinstance(value, (list, tuple, set)):
        return type(value)(decoded(element) for element in value)
    return value


def _run(client: RedisCluster, calls: list[Call], mode: str) -> list[Any]:
    if not mode.endswith("pipeline"):
        return [call(client) for call in calls]
    pipe = client.pipeline(cross_slot="cross-slot" in mode)
    for call in calls:
        assert call(pipe) is pipe
    return pipe.execute()


def check(make_client: Factory, mode: str, case: Case) -> None:
    """Run the case in this mode, beginning with an empty cluster."""
    decodes = mode.startswith("decoding")
    client = make_client(decode_responses=decodes)
    client.flushall()
    found = _run(client, [call for call, _ in case], mode)
    assert len(found) == len(case)
    for number, (reply, (_, expected)) in enumerate(zip(found, case)):
        if isinstance(expected, Between):
            assert isinstance(reply, int)
            assert expected.low <= reply <= expected.high
        else:
            wanted = decoded(expected) if decodes else expected
            assert (number, typed(reply)) == (number, typed(wanted))
