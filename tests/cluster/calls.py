"""How every method of the command table can be called, written down once for several tests."""

from __future__ import annotations

from typing import Any

# The parameters that go to the server: name, ?name (may be None), name+ (one value or a list, and
# more behind it), *names.
PARAMETERS = {
    "append": "key value",
    "command_getkeys": "*args",
    "command_info": "*names",
    "dbsize": "",
    "decr": "name amount",
    "decrby": "name amount",
    "delete": "*names",
    "evalsha": "sha numkeys *keys_and_args",
    "exists": "*names",
    "expire": "name time",
    "flushall": "",
    "flushdb": "",
    "get": "name",
    "getrange": "key start end",
    "hdel": "name *keys",
    "hexists": "name key",
    "hget": "name key",
    "hgetall": "name",
    "hincrby": "name key amount",
    "hkeys": "name",
    "hlen": "name",
    "hmget": "name keys+",
    "hset": "name key value",
    "hvals": "name",
    "incr": "name amount",
    "incrby": "name amount",
    "info": "?section",
    "keys": "pattern",
    "lindex": "name index",
    "llen": "name",
    "lpop": "name ?count",
    "lpush": "name *values",
    "lrange": "name start end",
    "ltrim": "name start end",
    "mget": "keys+",
    "mset": "",
    "persist": "name",
    "pexpire": "name time",
    "ping": "",
    "pttl": "name",
    "rpop": "name ?count",
    "rpush": "name *values",
    "sadd": "name *values",
    "scard": "name",
    "script_exists": "*args",
    "script_load": "script",
    "set": "name value ?ex ?px ?exat ?pxat",
    "sismember": "name value",
    "smembers": "name",
    "srem": "name *values",
    "strlen": "name",
    "ttl": "name",
    "type": "name",
    "zadd": "name",
    "zcard": "name",
    "zincrby": "name amount value",
    "zrange": "name start end",
    "zrevrange": "name start end",
    "zrank": "name value",
    "zrem": "name *values",
    "zscore": "name value",
}
# What is needed besides, in a form that the tests of mappings look at.
MAPPINGS: dict[str, dict[str, Any]] = {
    "mset": {"key": "value"},
    "zadd": {"mapping": {"member": 1}},
}


def call(target: Any, method: str, **replaced: Any) -> Any:
    """Call the method with good arguments, but for those given here; lists for * and +."""
    positional: list[Any] = []
    keywords: dict[str, Any] = dict(MAPPINGS.get(method, {}))
    for word in PARAMETERS[method].split():
        name = word.strip("?*+")
        if word[0] == "*" or word[-1] == "+":
            positional += replaced.get(name, ["a value"])
        elif word[0] != "?":
            positional.append(replaced.get(name, 1))
        elif name in replaced:
            keywords[name] = replaced[name]
    return getattr(target, method)(*positional, **keywords)
