"""Reads tests/surface.txt, what the old client offers, and knows where this one departs from it.

DEVIATIONS is {reason: items}; an item is "method signature", "method route", "method pipeline",
"Class.name", ".module.name" or "MAPPING[command]". One that does not deviate is an error.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SURFACE = Path(__file__).parent.parent / "surface.txt"

DEVIATIONS: dict[str, str] = {
    "A pipeline reads from where its client reads, unless it is told otherwise.": """
        RedisCluster.pipeline
    """,
    "It is inside the old client's pipeline; what it does is done in C.": """
        ClusterPipeline.annotate_exception
        ClusterPipeline.pipeline_execute_command
        ClusterPipeline.raise_first_error
        ClusterPipeline.send_cluster_commands
    """,
    "It is inside the old client's execute_command(); what it does is done in C.": """
        RedisCluster.determine_node
        RedisCluster.parse_response
    """,
    "It changes a connection, which is none of a client's commands.": """
        RESPONSE_CALLBACKS[AUTH]
        RESPONSE_CALLBACKS[READONLY]
        RESPONSE_CALLBACKS[READWRITE]
        RESPONSE_CALLBACKS[SELECT]
        RESPONSE_CALLBACKS[UNWATCH]
        RESPONSE_CALLBACKS[WATCH]
    """,
    "It has one reply, of its key's node.": """
        RESULT_CALLBACKS[HSCAN]
        RESULT_CALLBACKS[SSCAN]
        RESULT_CALLBACKS[ZSCAN]
    """,
    "A pipeline sends nothing before execute(); the old client's ran this iteration at once.": """
        scan_iter pipeline
    """,
    "It is inside redis-py's PubSub, and of no use without its connections.": """
        ClusterPubSub.health_check_response
        ClusterPubSub.on_connect
    """,
    "It names its parameters; the old client's took anything, and gave it to redis-py's.": """
        ClusterPubSub.__init__
    """,
    "It is redis-py's here; the old client refused every call of it.": """
        RedisCluster.transaction
    """,
    "A pipeline refuses what several nodes answer; the old client's asked one of them.": """
        pubsub_channels pipeline
        pubsub_numsub pipeline
    """,
    "It is inside the old client's pool; connections are kept, counted and owned in C.": """
        ClusterConnectionPool.connections
        ClusterConnectionPool.count_all_num_connections
        ClusterConnectionPool.owns_connection
        ClusterConnectionPool.pid
        ClusterReadOnlyConnectionPool.master_node_commands
    """,
    "It is inside the old node manager's initialize(); what it does is done in C.": """
        NodeManager.cluster_require_full_coverage
        NodeManager.increment_reinitialize_counter
        NodeManager.populate_startup_nodes
        NodeManager.refresh_table_asap
    """,
    "Its one keyword, aggregate, has a name.": """
        pubsub_numsub signature
    """,
    "It was refused for no reason: keys of one slot can be combined.": """
        bitop route
        NODES_FLAGS[BITOP]
    """,
    "It was refused for no reason: every primary can be asked to stop its script.": """
        script_kill route
        NODES_FLAGS[SCRIPT KILL]
    """,
    "No call of it ever succeeded; it would change a connection that other commands share.": """
        NODES_FLAGS[SCRIPT DEBUG]
    """,
    "It is made of other commands, whose rows say where they go.": """
        __contains__ route
        __delitem__ route
        __getitem__ route
        __setitem__ route
        bitfield route
        cluster route
        hscan_iter route
        scan_iter route
        sscan_iter route
        zscan_iter route
    """,
    "The old client hashed an argument that is no key, and sent it to the owner of that slot.": """
        client_pause route
        client_unblock route
        cluster_addslots route
        cluster_meet route
        cluster_replicate route
        cluster_reset route
        cluster_set_config_epoch route
        cluster_setslot route
        cluster_slaves route
        swapdb route
    """,
    "Each node has users of its own: all are asked; the old client refused it.": """
        acl_cat route
        acl_deluser route
        acl_genpass route
        acl_getuser route
        acl_list route
        acl_load route
        acl_save route
        acl_setuser route
        acl_users route
        acl_whoami route
        NODES_FLAGS[ACL CAT]
        NODES_FLAGS[ACL DELUSER]
        NODES_FLAGS[ACL GENPASS]
        NODES_FLAGS[ACL GETUSER]
        NODES_FLAGS[ACL HELP]
        NODES_FLAGS[ACL LIST]
        NODES_FLAGS[ACL LOAD]
        NODES_FLAGS[ACL LOG]
        NODES_FLAGS[ACL SAVE]
        NODES_FLAGS[ACL SETUSER]
        NODES_FLAGS[ACL USERS]
        NODES_FLAGS[ACL WHOAMI]
    """,
    "It is about every primary; the old client refused it, and its pipeline asked one of them.": """
        wait route
        wait pipeline
        NODES_FLAGS[WAIT]
    """,
    "It would change a connection that other commands share: nothing answers it.": """
        RESPONSE_CALLBACKS[AUTH]
        RESPONSE_CALLBACKS[READONLY]
        RESPONSE_CALLBACKS[READWRITE]
        RESPONSE_CALLBACKS[SELECT]
        RESPONSE_CALLBACKS[UNWATCH]
        RESPONSE_CALLBACKS[WATCH]
    """,
    "A node may be empty while others have keys: all primaries are asked.": """
        randomkey route
        NODES_FLAGS[RANDOMKEY]
    """,
    "A pipeline refuses what goes to several nodes; the old client's took a word for a key.": """
        acl_deluser pipeline
        acl_getuser pipeline
        acl_setuser pipeline
        client_pause pipeline
        client_unblock pipeline
    """,
    "The old client had the command's arguments, and sent nothing.": """
        client_kill_filter pipeline
    """,
    "Which node becomes a replica has to be said; the old client left it to chance.": """
        cluster_replicate pipeline
    """,
    "It has one reply, of some primary: the old client's had none.": """
        RESULT_CALLBACKS[CLUSTER COUNT-FAILURE-REPORTS]
    """,
}


@dataclass(frozen=True)
class Command:
    method: str
    parameters: str
    wire: str
    route: str
    pipeline: str


@dataclass(frozen=True)
class Member:
    """A method, or an attribute if there are no parentheses."""

    name: str
    parameters: str | None


KINDS = {
    "positional": inspect.Parameter.POSITIONAL_OR_KEYWORD,
    "keyword": inspect.Parameter.KEYWORD_ONLY,
    "args": inspect.Parameter.VAR_POSITIONAL,
    "kwargs": inspect.Parameter.VAR_KEYWORD,
}


def parameters_of(row: dict[str, Any]) -> list[inspect.Parameter]:
    """Those of a row of the command table, as inspect sees those of a def."""
    return [
        inspect.Parameter(
            param["name"],
            KINDS[param["kind"]],
            default=param.get("default", inspect.Parameter.empty),
        )
        for param in row["params"]
    ]


def parameters(text: str) -> list[inspect.Parameter]:
    """What stands between the parentheses of a def, as inspect sees it."""
    function = eval(f"lambda {text}: None")
    return list(inspect.signature(function).parameters.values())


def member(text: str) -> Member:
    name, parenthesis, rest = text.partition("(")
    return Member(name, rest[:-1] if parenthesis else None)


def command(line: str) -> Command:
    call, wire, route, pipeline = line.split(" | ")
    method = member(call)
    assert method.parameters is not None
    return Command(method.name, method.parameters, wire, route, pipeline)


def sections() -> dict[str, list[str]]:
    """The lines below each [name], without comments."""
    found: dict[str, list[str]] = {}
    for line in SURFACE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lines = found[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


def deviations() -> Iterator[tuple[str, str]]:
    """Each item with its reason."""
    for reason, items in DEVIATIONS.items():
        for item in items.strip().splitlines():
            yield item.strip(), reason


def binding_faults(old: list[inspect.Parameter], new: list[inspect.Parameter]) -> list[str]:
    """Which calls bind to the old parameters and not to the new ones, or mean something else."""
    kinds = {parameter.kind for parameter in new}
    catches = kinds >= {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    placed = [one for one in new if one.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    faults = []
    for place, wanted in enumerate(old):
        if wanted.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            if wanted.kind not in kinds:
                faults.append(f"takes no {wanted}")
            elif wanted.kind is inspect.Parameter.VAR_POSITIONAL and len(placed) > place:
                faults.append(f"{placed[place].name} stands before {wanted}")
        elif place < len(placed) and placed[place].name == wanted.name:
            faults += default_faults(wanted, placed[place])
        elif not catches:
            faults.append(f"parameter {place + 1} is not {wanted.name}")
    names = {parameter.name for parameter in old}
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    for more in new:
        if more.name not in names and more.kind not in variable and more.default is more.empty:
            faults.append(f"{more.name} has to be given")
    return faults


def default_faults(old: inspect.Parameter, new: inspect.Parameter) -> list[str]:
    if old.default is old.empty:
        return []
    # None stands for float, which is what a conversion written in C makes by itself.
    if (old.name, old.default, new.default) == ("score_cast_func", float, None):
        return []
    if (old.default, new.default) == ([], ()):
        return []
    if (type(old.default), old.default) == (type(new.default), new.default):
        return []
    return [f"{new} in place of {old}"]
