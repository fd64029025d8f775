"""The modules of redis-py-cluster 2.1.3: each public name of theirs can be imported from ours."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

from rediscluster_c import _core, exceptions
from tests.support.programs import output

# What each module defined itself, or had imported for its users.
NAMES = {
    "client": "CaseInsensitiveDict READ_COMMANDS RedisCluster",
    "connection": """
        ClusterBlockingConnectionPool ClusterConnection ClusterConnectionPool ClusterParser
        ClusterReadOnlyConnectionPool ClusterWithReadReplicasConnectionPool NodeManager
        SSLClusterConnection by_node_context
    """,
    "crc": "crc16 x_mode_m_crc16_lookup",
    "exceptions": """
        AskError ClusterCrossSlotError ClusterDownError ClusterDownException ClusterError
        MasterDownError MovedError RedisClusterConfigError RedisClusterError
        RedisClusterException RedisError ResponseError SlotNotCoveredError TryAgainError
    """,
    "nodemanager": "NodeManager",
    "pipeline": """
        ClusterPipeline ERRORS_ALLOW_RETRY NodeCommands PipelineCommand block_pipeline_command
    """,
    "utils": """
        blocked_command bool_ok clusterdown_wrapper dict_merge first_key merge_result nativestr
        nslookup parse_cluster_nodes parse_cluster_slots parse_pubsub_channels parse_pubsub_numpat
        parse_pubsub_numsub string_keys_to_dict
    """,
}


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module in NAMES for name in NAMES[module].split()]
)
def test_a_name_of_the_old_module_is_there(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(f"rediscluster_c.{module}"), name)


@pytest.mark.parametrize("name", ["ClusterConnection", "SSLClusterConnection", "ClusterParser"])
def test_what_is_a_name_only_says_so_when_it_is_made(name: str) -> None:
    kind = getattr(importlib.import_module("rediscluster_c.connection"), name)
    with pytest.raises(TypeError, match=f"^{name} cannot be made"):
        kind(host="127.0.0.1", port=7000)


def test_commands_that_may_go_to_replicas() -> None:
    client: Any = importlib.import_module("rediscluster_c.client")
    reads = {row["wire"] for row in _core.commands() if row["read"]}
    assert client.READ_COMMANDS == reads
    assert "GET" in reads
    assert "SET" not in reads


def test_a_method_of_ones_own_pipeline_can_be_blocked() -> None:
    pipeline: Any = importlib.import_module("rediscluster_c.pipeline")

    def rotate() -> None:
        raise AssertionError("it runs")

    with pytest.raises(exceptions.RedisClusterException, match="function rotate is blocked"):
        pipeline.block_pipeline_command(rotate)("any", argument=1)


# ---- install_as_rediscluster ----

INSTALL = "from rediscluster_c import install_as_rediscluster\ninstall_as_rediscluster()\n"


def test_the_package_takes_the_place_of_the_old_one() -> None:
    program = """
import rediscluster, rediscluster.connection
from rediscluster import RedisCluster, utils
from rediscluster.exceptions import RedisClusterException
import rediscluster_c
install_as_rediscluster()
print(RedisCluster is rediscluster_c.RedisCluster, rediscluster is rediscluster_c)
print(RedisClusterException.__module__, utils.__name__, rediscluster.connection.__name__)
for name in sys.argv[1:]:
    print(name, sys.modules["rediscluster." + name] is sys.modules["rediscluster_c." + name])
"""
    printed = output("import sys\n" + INSTALL + program, *NAMES).splitlines()
    assert printed == [
        "True True",
        "rediscluster_c.exceptions rediscluster_c.utils rediscluster_c.connection",
        *(f"{name} True" for name in NAMES),
    ]


def test_the_old_package_must_not_be_there_already(tmp_path: Any) -> None:
    (tmp_path / "rediscluster.py").write_text("")
    program = """
import rediscluster
from rediscluster_c import install_as_rediscluster
try:
    install_as_rediscluster()
except RuntimeError as error:
    print(error)
import sys
print(sys.modules["rediscluster"] is rediscluster, "rediscluster.client" in sys.modules)
"""
    text, kept = output(program, path=tmp_path).splitlines()
    assert text.startswith(f"rediscluster has been imported already, from {tmp_path}")
    assert kept == "True False"


def test_the_helpers_are_written_here() -> None:
    """Nothing is shown that belongs to someone else."""
    utils = importlib.import_module("rediscluster_c.utils")
    for name in NAMES["utils"].split():
        assert inspect.getmodule(getattr(utils, name)) is utils
