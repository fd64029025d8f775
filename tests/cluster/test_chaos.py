"""No write is lost, run twice or out of order, whatever the cluster goes through meanwhile."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from rediscluster_c import RedisCluster
from rediscluster_c.localcluster import LocalCluster
from tests.support import chaos
from tests.support.chaos import Disturbance
from tests.support.checker import Fate
from tests.support.workloads import Workload


@pytest.fixture(scope="module")
def stage() -> Iterator[LocalCluster]:
    config = {"cluster-require-full-coverage": "no"}
    with LocalCluster(3, 1, node_timeout=1000, config=config) as cluster:
        yield cluster


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "disturb, lossy",
    [
        (chaos.reshard, False),
        (chaos.to_and_fro, False),
        (chaos.fail_over, False),
        (chaos.add_and_remove, False),
        (chaos.kill, True),
        (chaos.pause, True),
        (chaos.shut_down, True),
    ],
)
def test_writes_while(stage: LocalCluster, disturb: Disturbance, lossy: bool) -> None:
    dice = random.Random(disturb.__name__)
    handovers = []
    with RedisCluster(startup_nodes=stage.startup_nodes) as client:
        with Workload(client, disturb.__name__) as load:
            handover = disturb(stage, load.keys, dice)
            handovers += [] if handover is None else [handover]
    with RedisCluster(startup_nodes=stage.startup_nodes) as reader:
        verdict = load.verdict(reader, handovers)
    assert verdict.violations == [], str(verdict)
    assert verdict.fates[Fate.ACKNOWLEDGED] > 100
    if not lossy:
        assert verdict.lost == []
        assert verdict.fates[Fate.UNKNOWN] == 0
