"""No write is lost, run twice or out of order, whatever the cluster goes through meanwhile."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.localcluster import LocalCluster
from tests.support import chaos
from tests.support.chaos import Disturbance
from tests.support.checker import Fate, Verdict
from tests.support.network import Network, client_without_door
from tests.support.workloads import Workload

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def stage() -> Iterator[LocalCluster]:
    config = {"cluster-require-full-coverage": "no", "protected-mode": "no"}
    with LocalCluster(3, 1, node_timeout=1000, config=config) as cluster:
        yield cluster


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "disturb, unnoticed",
    [
        (chaos.reshard, True),
        (chaos.to_and_fro, True),
        # Before 7.0 a primary that has stepped down is silent for a while, an emptied one becomes a
        # replica, and one that was paused may hold slots that were moved before as its own.
        pytest.param(chaos.fail_over, True, marks=pytest.mark.needs("7.0.0")),
        pytest.param(chaos.add_and_remove, True, marks=pytest.mark.needs("7.0.0")),
        (chaos.hang_up, False),
        pytest.param(chaos.pause, False, marks=pytest.mark.needs("7.0.0")),
        (chaos.shut_down, False),
    ],
)
def test_writes_while(stage: LocalCluster, disturb: Disturbance, unnoticed: bool) -> None:
    with RedisCluster(startup_nodes=stage.startup_nodes) as client:
        verdict = checked(stage, client, disturb)
    assert not unnoticed or verdict.fates[Fate.UNKNOWN] == 0


@pytest.mark.timeout(120)
def test_writes_of_a_client_whose_startup_nodes_are_dead(stage: LocalCluster) -> None:
    """It finds the new primary through the nodes that it knows."""
    with client_without_door(stage) as client:
        checked(stage, client, chaos.kill)


@pytest.mark.needs("7.0.0")
@pytest.mark.timeout(120)
def test_writes_while_a_primary_is_cut_off(stage: LocalCluster) -> None:
    with Network(stage) as network, network.client() as client:
        checked(stage, client, chaos.cut_off_by(network))


def checked(cluster: LocalCluster, client: RedisCluster, disturb: Disturbance) -> Verdict:
    """What became of the writes of a client while its cluster was disturbed."""
    with Workload(client, disturb.__name__) as load:
        handover = disturb(cluster, load.keys, random.Random(disturb.__name__))
    with RedisCluster(startup_nodes=cluster.startup_nodes) as reader:
        verdict = load.verdict(reader, [] if handover is None else [handover])
    assert verdict.violations == [], str(verdict)
    assert load.idle == []
    return verdict
