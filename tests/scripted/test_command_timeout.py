"""command_timeout: the whole of a call has an end, for a client, for one call, for a while."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.exceptions import (
    OutcomeUnknownTimeoutError,
    RedisClusterConfigError,
    RedisClusterException,
    TimeoutError,
    UnknownOutcome,
)
from tests.support.clients import Connect
from tests.support.clock import at_least, within
from tests.support.scripted import Delay, Error, Raw, Reply, ScriptedCluster, Silence, Simple, Step

TIMEOUT = 0.3
BOUND = 0.7

DROPS: list[Step] = [
    step for byte in b"$9\r\nten bytes\r\n" for step in (Raw(bytes([byte])), Delay(0.1))
]
NEVER: dict[str, list[Step]] = {
    "a reply that comes in drops": DROPS,
    "silence": [Silence()],
    "a refusal that does not pass": [Error("TRYAGAIN Multiple keys request during rehashing")],
    "a node that is loading": [Error("LOADING Redis is loading the dataset in memory")],
}


@pytest.fixture(params=NEVER)
def stuck(request: pytest.FixtureRequest, cluster: ScriptedCluster) -> ScriptedCluster:
    """Its GET and INCRBY do not end in time."""
    for name in ("GET", "INCRBY", "DBSIZE"):
        cluster.on(name, *NEVER[request.param])
    return cluster


def _ends(call: Callable[[], Any]) -> TimeoutError:
    with at_least(0.95 * TIMEOUT), within(BOUND), pytest.raises(TimeoutError) as caught:
        call()
    return caught.value


def test_a_clients_own_bounds_its_calls(stuck: ScriptedCluster, connect: Connect) -> None:
    client = connect(stuck, command_timeout=TIMEOUT)
    assert client.command_timeout == TIMEOUT
    assert not isinstance(_ends(lambda: client.get("k")), UnknownOutcome)
    _ends(lambda: client.execute_command("GET", "k"))
    _ends(client.dbsize)
    _ends(lambda: client.pipeline().get("k").execute())


def test_a_url_says_it_as_well(cluster: ScriptedCluster) -> None:
    node = cluster.nodes[0].address
    with RedisCluster.from_url(f"redis://{node}/0?command_timeout=0.25") as client:
        assert client.command_timeout == 0.25


def test_one_call_may_have_another_time(stuck: ScriptedCluster, connect: Connect) -> None:
    client = connect(stuck)
    _ends(lambda: client.execute_command("GET", "k", command_timeout=TIMEOUT))
    _ends(lambda: client.with_timeout(TIMEOUT).get("k"))
    _ends(lambda: client.with_timeout(TIMEOUT).dbsize())
    _ends(lambda: client.with_timeout(TIMEOUT).pipeline().get("k").execute())
    assert client.command_timeout is None


def test_a_write_that_may_have_run_says_so(cluster: ScriptedCluster, connect: Connect) -> None:
    client = connect(cluster, command_timeout=TIMEOUT)
    cluster.on("INCRBY", *DROPS)
    error = _ends(lambda: client.incr("k"))
    assert isinstance(error, OutcomeUnknownTimeoutError)
    assert error.outcome == "unknown"
    assert cluster.count("INCRBY") == 1


def test_a_longer_time_of_one_call_wins(cluster: ScriptedCluster, connect: Connect) -> None:
    client = connect(cluster, command_timeout=TIMEOUT)
    cluster.on("GET", Delay(2 * TIMEOUT), Reply(b"v"))
    assert client.execute_command("GET", "k", command_timeout=5) == b"v"
    assert client.execute_command("GET", "k", command_timeout=None) == b"v"
    assert client.with_timeout(None).get("k") == b"v"
    pipe: Any = client.pipeline()
    assert pipe.get("k").execute(timeout=5) == [b"v"]


def test_what_blocks_has_its_own_time_beside_the_clients(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    client = connect(cluster, command_timeout=TIMEOUT)
    cluster.on("BLPOP", Delay(2 * TIMEOUT), Reply(None))
    assert client.blpop("k", 0) is None
    assert client.blpop("k", 2 * TIMEOUT) is None
    assert client.pipeline().blpop("k", 0).execute() == [None]


def test_the_time_of_one_call_bounds_what_blocks_too(
    cluster: ScriptedCluster, client: RedisCluster
) -> None:
    cluster.on("BLPOP", Silence())
    _ends(lambda: client.with_timeout(TIMEOUT).blpop("k", 0))
    _ends(lambda: client.with_timeout(TIMEOUT).pipeline().blpop("k", 9).execute())
    _ends(lambda: client.execute_command("BLPOP", "k", 0, command_timeout=TIMEOUT))


def test_a_transaction_is_bounded(cluster: ScriptedCluster, connect: Connect) -> None:
    client = connect(cluster, command_timeout=TIMEOUT)
    for name in ("WATCH", "UNWATCH", "MULTI", "DISCARD"):
        cluster.on(name, Reply(Simple("OK")))
    cluster.on("EXEC", *DROPS)
    cluster.on("GET", *DROPS)
    pipe: Any = client.pipeline(transaction=True)
    _ends(pipe.incr("k").execute)
    pipe.watch("k")
    with within(BOUND), pytest.raises(Exception, match="[Tt]ime"):
        pipe.get("k")
    cluster.on("WATCH", Silence())
    _ends(lambda: pipe.watch("k"))


class Named(RedisCluster):
    """A client that wants more than its pool."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(**options)
        self.name = name

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return [self.name, super().execute_command(*args, **options)]


def test_with_timeout_keeps_all_that_the_client_is(cluster: ScriptedCluster) -> None:
    with Named("me", startup_nodes=cluster.startup_nodes, read_from_replicas="random") as client:
        client.set_response_callback("GET", lambda reply: "called")
        other = client.with_timeout(1)
        assert type(other) is Named
        assert other.connection_pool is client.connection_pool
        assert other.read_from_replicas is True
        got: Any = other.get("k")
        assert got == ["me", "called"]


@pytest.mark.parametrize("wrong", [0, -1, True, "1", float("nan"), 1e10])
def test_a_wrong_time_is_refused_at_once(
    cluster: ScriptedCluster, client: RedisCluster, connect: Connect, wrong: Any
) -> None:
    with pytest.raises(RedisClusterConfigError, match="command_timeout"):
        connect(cluster, command_timeout=wrong)
    with pytest.raises(ValueError, match="command_timeout must be a number of seconds above 0"):
        client.execute_command("GET", "k", command_timeout=wrong)
    with pytest.raises(ValueError, match="command_timeout must be a number of seconds above 0"):
        client.with_timeout(wrong)
    assert cluster.count("GET") == 0


def test_a_pipeline_is_told_by_execute(client: RedisCluster) -> None:
    pipe: Any = client.pipeline()
    with pytest.raises(TypeError, match=r"give execute\(\) the timeout"):
        pipe.execute_command("GET", "k", command_timeout=1)
    with pytest.raises(RedisClusterException, match=r"give the pipeline's execute\(\) the timeout"):
        pipe.with_timeout(1)
    assert len(pipe) == 0


@pytest.mark.parametrize("question", NEVER)
@pytest.mark.parametrize("own", [False, True])
def test_asking_about_an_unlisted_command_is_part_of_its_call(
    cluster: ScriptedCluster, connect: Connect, question: str, own: bool
) -> None:
    cluster.on("COMMAND INFO", *NEVER[question])
    client = connect(cluster, **({} if own else {"command_timeout": TIMEOUT}))
    _ends(
        lambda: client.execute_command("NEWS", "k", **({"command_timeout": TIMEOUT} if own else {}))
    )


def test_scripts_of_a_pipeline_are_loaded_within_command_timeout(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    cluster.on("SCRIPT EXISTS", *DROPS)
    client = connect(cluster, command_timeout=TIMEOUT)
    pipe = client.pipeline(cross_slot=True)
    client.register_script("return 1")(keys=["k"], client=pipe)
    _ends(pipe.execute)


def test_the_steps_of_a_command_over_slots_each_have_the_clients_time(
    cluster: ScriptedCluster, connect: Connect
) -> None:
    cluster.on("DUMP", *DROPS)
    a, b = cluster.nodes[:2]
    client = connect(cluster, command_timeout=TIMEOUT)
    _ends(lambda: client.rename(cluster.key(a), cluster.key(b)))
