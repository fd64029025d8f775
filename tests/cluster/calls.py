"""How every method of the command table can be called, written down once for several tests."""

from __future__ import annotations

import warnings
from typing import Any

# The parameters that go to the server: name, ?name (may be None), name[] (one value or a list),
# name+ (the same, and more behind it), *names. A good value is 1, unless it stands behind a "=".
PARAMETERS = {
    "append": "key value",
    "bitcount": "key ?mode",
    "bitfield_ro": "key encoding offset",
    "bitop": "operation dest *keys",
    "bitpos": "key",
    "blmove": "first_list second_list timeout src=LEFT dest=RIGHT",
    "blmpop": "timeout numkeys=1 *args",
    "blpop": "keys[] ?timeout",
    "brpop": "keys[] ?timeout",
    "brpoplpush": "src dst ?timeout",
    "command_getkeys": "*args",
    "command_info": "*names",
    "copy": "source destination ?destination_db",
    "dbsize": "",
    "decr": "name amount",
    "decrby": "name amount",
    "delete": "*names",
    "dump": "name",
    "evalsha": "sha numkeys *keys_and_args",
    "exists": "*names",
    "expire": "name time",
    "expireat": "name when",
    "expiretime": "key",
    "flushall": "",
    "flushdb": "",
    "get": "name",
    "getbit": "name offset",
    "getdel": "name",
    "getex": "name ?ex ?px ?exat ?pxat",
    "getrange": "key start end",
    "getset": "name value",
    "hdel": "name *keys",
    "hexists": "name key",
    "hexpire": "name seconds *fields",
    "hexpireat": "name unix_time_seconds *fields",
    "hexpiretime": "key *fields",
    "hget": "name key",
    "hgetall": "name",
    "hgetdel": "name *keys",
    "hgetex": "name *keys ?ex ?px ?exat ?pxat",
    "hincrby": "name key amount",
    "hincrbyfloat": "name key amount",
    "hkeys": "name",
    "hlen": "name",
    "hmget": "name keys+",
    "hmset": "name",
    "hpersist": "name *fields",
    "hpexpire": "name milliseconds *fields",
    "hpexpireat": "name unix_time_milliseconds *fields",
    "hpexpiretime": "key *fields",
    "hpttl": "key *fields",
    "hrandfield": "key ?count",
    "hscan": "name cursor ?match ?count",
    "hset": "name key value",
    "hsetex": "name ?ex ?px ?exat ?pxat",
    "hsetnx": "name key value",
    "hstrlen": "name key",
    "httl": "key *fields",
    "hvals": "name",
    "incr": "name amount",
    "incrby": "name amount",
    "incrbyfloat": "name amount",
    "info": "?section",
    "keys": "pattern",
    "lcs": "key1 key2 ?minmatchlen",
    "lindex": "name index",
    "linsert": "name where=BEFORE refvalue value",
    "llen": "name",
    "lmove": "first_list second_list src=LEFT dest=RIGHT",
    "lmpop": "num_keys=1 *args",
    "lpop": "name ?count",
    "lpos": "name value ?rank ?count ?maxlen",
    "lpush": "name *values",
    "lpushx": "name value *values",
    "lrange": "name start end",
    "lrem": "name count value",
    "lset": "name index value",
    "ltrim": "name start end",
    "mget": "keys+",
    "mget_nonatomic": "keys+",
    "migrate": "host port keys[] destination_db timeout ?auth",
    "move": "",
    "mset": "",
    "mset_nonatomic": "",
    "msetnx": "",
    "object": "infotype=ENCODING key",
    "object_encoding": "key",
    "object_freq": "key",
    "object_idletime": "key",
    "object_refcount": "key",
    "persist": "name",
    "pexpire": "name time",
    "pexpireat": "name when",
    "pexpiretime": "key",
    "pfadd": "name *values",
    "pfcount": "*sources",
    "pfmerge": "dest *sources",
    "ping": "",
    "psetex": "name time_ms value",
    "pttl": "name",
    "rename": "src=a dst={a}2",
    "renamenx": "src dst",
    "restore": "name ttl value ?idletime ?frequency",
    "rpop": "name ?count",
    "rpoplpush": "src dst",
    "rpush": "name *values",
    "rpushx": "name value *values",
    "sadd": "name *values",
    "scan": "cursor ?match ?count ?_type",
    "scard": "name",
    "script_exists": "*args",
    "script_load": "script",
    "sdiff": "keys+",
    "sdiffstore": "dest keys+",
    "set": "name value ?ex ?px ?exat ?pxat",
    "setbit": "name offset",
    "setex": "name time value",
    "setnx": "name value",
    "setrange": "name offset value",
    "sinter": "keys+",
    "sintercard": "numkeys=1 keys[] ?limit",
    "sinterstore": "dest keys+",
    "sismember": "name value",
    "smembers": "name",
    "smismember": "name values+",
    "smove": "src dst value",
    "sort": "name ?by ?store",
    "sort_ro": "key ?by",
    "spop": "name ?count",
    "srandmember": "name ?number",
    "srem": "name *values",
    "sscan": "name cursor ?match ?count",
    "strlen": "name",
    "substr": "name start end",
    "sunion": "keys+",
    "sunionstore": "dest keys+",
    "touch": "*args",
    "ttl": "name",
    "type": "name",
    "unlink": "*names",
    "zadd": "name",
    "zcard": "name",
    "zincrby": "name amount value",
    "zrange": "name start end",
    "zrank": "name value",
    "zrem": "name *values",
    "zrevrange": "name start end",
    "zscan": "name cursor ?match ?count",
    "zscore": "name value",
}
# What is needed besides, in a form that the tests of mappings look at.
MAPPINGS: dict[str, dict[str, Any]] = {
    "bitpos": {"bit": 1},
    "blmpop": {"direction": "LEFT"},
    "hmset": {"mapping": {"field": 1}},
    "hsetex": {"key": "field", "value": 1},
    "lmpop": {"direction": "LEFT"},
    "move": {"name": 1, "db": 1, "target_nodes": "random"},
    "mset": {"key": "value"},
    "mset_nonatomic": {"key": "value"},
    "msetnx": {"key": "value"},
    "setbit": {"value": 1},
    "zadd": {"mapping": {"member": 1}},
}

# What is to stand behind the arguments, as some do not go alone.
VALUES: dict[str, list[Any]] = {"command_getkeys": ["key"]}


def name_of(word: str) -> str:
    """The parameter's name in a word of PARAMETERS."""
    return word.partition("=")[0].strip("?*+[]")


def call(target: Any, method: str, **replaced: Any) -> Any:
    """Call the method with good arguments, but for those given here; lists for * and +."""
    positional: list[Any] = []
    keywords: dict[str, Any] = dict(MAPPINGS.get(method, {}))
    for word in PARAMETERS[method].split():
        name = name_of(word)
        if word[0] == "*" or word[-1] == "+":
            positional += replaced.get(name, ["{1} value"])
        elif word[0] != "?":
            good = word.partition("=")[2] or "1"
            positional.append(replaced.get(name, int(good) if good.isdigit() else good))
        elif name in replaced:
            keywords[name] = replaced[name]
    positional += VALUES.get(method, [])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return getattr(target, method)(*positional, **keywords)
