"""Reply conversions that are written in Python: rare, long and intricate ones.

A row of commands.def names a function of this package. It gets the plain reply, and as keywords
those options of the method that were set; it returns what the method returns. A function whose
`server_text` is true takes apart the server's own words: it is to be given bytes whatever the
client's encoding is, and returns str. The others carry users' texts, and are to be given bytes or
str as the client decodes. All take both, and raise ValueError for a reply of another shape.
"""

from __future__ import annotations

from rediscluster_c._commands import merges as merges
from rediscluster_c._commands.acl import acl_getuser, acl_log
from rediscluster_c._commands.clients import (
    client_info,
    client_kill,
    client_list,
    client_trackinginfo,
)
from rediscluster_c._commands.cluster import (
    cluster_links,
    cluster_nodes,
    cluster_shards,
    cluster_slot_stats,
    cluster_slots,
)
from rediscluster_c._commands.command_docs import command, command_docs, module_list
from rediscluster_c._commands.diagnosis import (
    latency_histogram,
    latency_history,
    latency_latest,
    memory_stats,
    slowlog_get,
)
from rediscluster_c._commands.keys import debug_object, geopos, georadius, lcs, sort
from rediscluster_c._commands.parsing import (
    list_of_dicts,
    native,
    native_or_none,
    natives,
    natives_with_none,
)
from rediscluster_c._commands.scripting import (
    function_list,
    function_stats,
    pubsub_numsub,
    script_exists,
)
from rediscluster_c._commands.sentinels import (
    sentinel_get_master,
    sentinel_master,
    sentinel_masters,
    sentinel_others,
)
from rediscluster_c._commands.server import config_get, info, lastsave, role, time
from rediscluster_c._commands.streams import xinfo_stream, xpending, xpending_range
from rediscluster_c._commands.vectors import vemb, vgetattr, vinfo, vlinks, vsim

__all__ = [
    "acl_getuser",
    "acl_log",
    "client_info",
    "client_kill",
    "client_list",
    "client_trackinginfo",
    "cluster_links",
    "cluster_nodes",
    "cluster_shards",
    "cluster_slot_stats",
    "cluster_slots",
    "command",
    "command_docs",
    "config_get",
    "debug_object",
    "function_list",
    "function_stats",
    "geopos",
    "georadius",
    "info",
    "lastsave",
    "latency_histogram",
    "latency_history",
    "latency_latest",
    "lcs",
    "list_of_dicts",
    "memory_stats",
    "module_list",
    "native",
    "native_or_none",
    "natives",
    "natives_with_none",
    "pubsub_numsub",
    "role",
    "script_exists",
    "sentinel_get_master",
    "sentinel_master",
    "sentinel_masters",
    "sentinel_others",
    "slowlog_get",
    "sort",
    "time",
    "vemb",
    "vgetattr",
    "vinfo",
    "vlinks",
    "vsim",
    "xinfo_stream",
    "xpending",
    "xpending_range",
]
