"""Checks of the constructor's options: an error names the option, what it got and what it takes."""

from __future__ import annotations

import codecs
import math
import re
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from typing import Any, Callable, NoReturn, Optional, Union

from rediscluster_c import _core
from rediscluster_c._nodes import ClusterNode
from rediscluster_c._safe_repr import bad_value, shown
from rediscluster_c.exceptions import RedisClusterConfigError, RedisClusterException

StartupNode = Union[Mapping[str, Union[str, bytes, int]], ClusterNode]
Seconds = Optional[float]
AddressRemap = Callable[[tuple[str, int]], tuple[str, int]]
RemapRule = tuple[Optional[str], Optional[str], int, int]

_INT_MAX = 2**31 - 1
_LONGEST = 10.0**9  # seconds; more is a mistake


def _refuse(name: str, expected: str, value: object) -> NoReturn:
    raise RedisClusterConfigError(bad_value(name, expected, value))


def _fits(value: str) -> bool:
    """Whether the C core can take it: half a surrogate pair has no UTF-8, and NUL ends a text."""
    return not re.search("[\0\ud800-\udfff]", value)


def _refuse_text(name: str, kinds: str, value: object) -> NoReturn:
    """Refuse a text by its type alone: it may be a password."""
    raise RedisClusterConfigError(
        f"{name} must be {kinds} without NUL and lone surrogates, or None, "
        f"not {type(value).__name__}"
    )


def text(name: str, value: Any) -> str | None:
    """A str, or None."""
    if value is not None and (not isinstance(value, str) or not _fits(value)):
        _refuse_text(name, "a str", value)
    return value


def _credential(name: str, value: Any) -> str | bytes | None:
    """A str, bytes, or None for nothing and for an empty text."""
    fits = (
        b"\0" not in value if isinstance(value, bytes) else isinstance(value, str) and _fits(value)
    )
    if value is not None and not fits:
        _refuse_text(name, "a str or bytes", value)
    return value or None


def credentials(username: Any, password: Any) -> tuple[str | bytes | None, str | bytes | None]:
    """Both as the C core takes them: an empty text is none, but for a user without a password."""
    user = _credential("username", username)
    secret = _credential("password", password)
    return user, "" if user and not secret else secret


def integer(name: str, value: Any, least: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _INT_MAX:
        _refuse(name, f"an int from {least} to {_INT_MAX}", value)
    return value


def database(number: int | None) -> int:
    """0 for None: what a connection begins with."""
    return 0 if number is None else integer("db", number)


def limit(name: str, value: int | None) -> int:
    """0 for None: no limit."""
    return 0 if value is None else integer(name, value, least=1)


def milliseconds(name: str, seconds: Seconds) -> int:
    """-1 for None: no limit."""
    if seconds is None:
        return -1
    wrong = isinstance(seconds, bool) or not isinstance(seconds, (int, float))
    if wrong or not 0 < seconds <= _LONGEST:
        _refuse(name, "a number of seconds above 0, or None", seconds)
    return max(1, math.ceil(seconds * 1000))


def seconds(name: str, value: Seconds) -> Seconds:
    milliseconds(name, value)
    return value


def deadline(timeout: float | None) -> float | None:
    """The time.monotonic() at which a call's timeout is over."""
    if timeout is None:
        return None
    wrong = isinstance(timeout, bool) or not isinstance(timeout, (int, float))
    if wrong or not 0 < timeout <= _LONGEST:
        raise ValueError(bad_value("timeout", "a number of seconds above 0, or None", timeout))
    return time.monotonic() + timeout


READ_POLICIES = ("random", "round_robin", "lowest_latency", "prefer_replica")


def read_policy(value: Any) -> bool | str:
    """What read_from_replicas says: a truth value, or the name of a policy."""
    if isinstance(value, str) and value not in READ_POLICIES:
        _refuse("read_from_replicas", f"True, False or one of {', '.join(READ_POLICIES)}", value)
    return value if isinstance(value, str) else bool(value)


def failover_timeout(seconds: float | None, retry: Any) -> int:
    """In milliseconds; who counts the retries has said how long a call may take."""
    if seconds is None:
        return 0 if retry is not None else 20000
    return 0 if seconds == 0 else milliseconds("failover_timeout", seconds)


def codec(encoding: Any, errors: Any) -> tuple[str, str]:
    try:
        codecs.lookup(encoding)
    except (LookupError, TypeError, ValueError):
        _refuse("encoding", "the name of an encoding", encoding)
    try:
        codecs.lookup_error(errors)
    except (LookupError, TypeError, ValueError):
        _refuse("encoding_errors", "the name of an error handler", errors)
    return encoding, errors


def _port(name: str, value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65536:
        _refuse(name, "a number from 1 to 65535", value)
    return value


def _host(name: str, value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if isinstance(value, str) and "://" in value:
        raise RedisClusterConfigError(
            f"{name} must be a name or an address, not a URL: "
            "use RedisCluster.from_url(...) or RedisCluster(url=...)"
        )
    if not isinstance(value, str) or not value or not _fits(value) or len(value) > 253:
        _refuse(name, "a name or an address", value)
    return value


def _startup_node(node: Any) -> tuple[str, int]:
    """A dict, or an object such as ClusterNode, ours or redis-py's."""
    known = node if isinstance(node, Mapping) else getattr(node, "__dict__", {})
    if isinstance(node, ClusterNode):
        known = {"host": node.host, "port": node.port}
    if "host" not in known or "port" not in known:
        _refuse("each of startup_nodes", 'a ClusterNode or a dict {"host": ..., "port": ...}', node)
    return _host("host in startup_nodes", known["host"]), _port(
        "port in startup_nodes", known["port"]
    )


def nodes(startup_nodes: Any) -> list[Any]:
    """The startup nodes one by one, not looked at yet."""
    if startup_nodes is None:
        return []
    if isinstance(startup_nodes, (str, bytes, Mapping)) or not isinstance(startup_nodes, Iterable):
        _refuse("startup_nodes", "a list of dicts", startup_nodes)
    return list(startup_nodes)


def addresses(
    host: str | None, port: int | None, startup_nodes: Iterable[StartupNode] | None
) -> list[tuple[str, int]]:
    """All nodes that the user named, each once; port 7000 if only a host is given."""
    found = [_startup_node(node) for node in nodes(startup_nodes)]
    if host is not None:
        found.append((_host("host", host), 7000 if port is None else _port("port", port)))
    if not found:
        raise RedisClusterException("No startup nodes provided")
    return list(dict.fromkeys(found))


_KEEPALIVE = {
    getattr(socket, "TCP_KEEPIDLE", -1): "keepalive_idle",
    getattr(socket, "TCP_KEEPINTVL", -2): "keepalive_interval",
    getattr(socket, "TCP_KEEPCNT", -3): "keepalive_count",
}


def keepalive(on: bool | None, options: Mapping[int, int] | None) -> dict[str, int]:
    """TCP keepalive is on unless it is refused."""
    chosen = {"keepalive": int(on is None or bool(on))}
    if options is not None and not isinstance(options, Mapping):
        _refuse("socket_keepalive_options", "a dict {socket.TCP_KEEPIDLE: seconds, ...}", options)
    for option, value in (options or {}).items():
        if option not in _KEEPALIVE:
            _refuse("each key of socket_keepalive_options", "a socket.TCP_KEEP... option", option)
        chosen[_KEEPALIVE[option]] = integer("each of socket_keepalive_options", value, least=1)
    return chosen


def _remap_host(name: str, value: Any) -> str:
    """A name or an address; what looks like an IPv4 address has to be a whole one."""
    host = _host(name, value)
    octets = host.split(".")
    if all(octet.isdigit() for octet in octets):
        if len(octets) != 4:
            raise RedisClusterConfigError(
                f"{name} must must have all octets specified: {shown(host)}"
            )
        if any(int(octet) > 255 for octet in octets):
            _refuse(name, "a valid ip address", host)
    return host


def _remap_side(rule: dict[str, Any], name: str) -> bool:
    """Whether the rule speaks of host, or port; it has to say both ends or none."""
    if (f"from_{name}" in rule) != (f"to_{name}" in rule):
        raise RedisClusterConfigError(
            f"Both from_{name} and to_{name} must be present in host_port_remap rule "
            "if either is defined"
        )
    return f"from_{name}" in rule


def _remap_rule(rule: Any) -> RemapRule:
    if not isinstance(rule, dict):
        raise RedisClusterConfigError("items inside host_port_remap list must be of dict type")
    if not set(rule) <= {"from_host", "to_host", "from_port", "to_port"}:
        raise RedisClusterConfigError("Invalid keys provided in host_port_remap rule")
    hosts: tuple[str | None, str | None] = (None, None)
    ports = (0, 0)
    if _remap_side(rule, "host"):
        name = "Both from_host and to_host in host_port_remap rule"
        hosts = _remap_host(name, rule["from_host"]), _remap_host(name, rule["to_host"])
    if _remap_side(rule, "port"):
        try:
            ports = _port("from_port", rule["from_port"]), _port("to_port", rule["to_port"])
        except RedisClusterConfigError as error:
            raise RedisClusterConfigError(
                f"Both from_port and to_port in host_port_remap rule must be integers: {error}"
            ) from None
    return (*hosts, *ports)


def remaps(rules: Any) -> list[RemapRule]:
    if rules is None:
        return []
    if not isinstance(rules, list):
        raise RedisClusterConfigError("host_port_remap must be a list")
    return [_remap_rule(rule) for rule in rules]


def address_remap(function: Any) -> Callable[[str, int], tuple[str, int]] | None:
    """The function as the C core calls it, with what it returns checked."""
    if function is None:
        return None
    if not callable(function):
        _refuse("address_remap", "a function of (host, port), or None", function)

    def remap(host: str, port: int) -> tuple[str, int]:
        answer = function((host, port))
        if not isinstance(answer, (tuple, list)) or len(answer) != 2:
            _refuse("what address_remap returns", "a tuple (host, port)", answer)
        host = _host("the host that address_remap returns", answer[0])
        if not _core.is_host(host):
            _refuse("the host that address_remap returns", "a name or an address", host)
        return host, _port("the port that address_remap returns", answer[1])

    return remap


def verifies(requirement: Any) -> bool:
    """Whether ssl_cert_reqs wants the server's certificate to be checked. None is "none"."""
    names = {"none": False, "optional": True, "required": True}
    if isinstance(requirement, ssl.VerifyMode):
        return requirement is not ssl.CERT_NONE
    if requirement is None:
        return False
    name = requirement.lower() if isinstance(requirement, str) else ""
    name = name[len("cert_") :] if name.startswith("cert_") else name
    if name not in names:
        _refuse("ssl_cert_reqs", "'none', 'optional' or 'required', or one of ssl's", requirement)
    return names[name]


def checks_hostname(wanted: bool | None, requirement: Any) -> bool:
    """Whether the server's name is held against its certificate; None: if that one is checked."""
    verified = verifies(requirement)
    if wanted and not verified:
        raise RedisClusterConfigError(
            "ssl_check_hostname=True has no meaning with ssl_cert_reqs='none', as a certificate "
            "that is not checked can have any name: leave out one of them"
        )
    return verified if wanted is None else bool(wanted)


def tls_version(name: str, value: Any) -> int:
    """OpenSSL's number; 0 for None: TLS 1.2."""
    if value is None:
        return 0
    if not isinstance(value, ssl.TLSVersion):
        _refuse(name, "an ssl.TLSVersion, or None", value)
    if value is ssl.TLSVersion.MAXIMUM_SUPPORTED:
        value = ssl.TLSVersion.TLSv1_3
    return max(0, int(value))


def per_node(value: bool | int | None, most: int) -> tuple[int, int]:
    """(limit over all nodes, limit per node); True: max_connections is meant for each node."""
    if value is True:
        return 0, most
    if value is False or value is None:
        return most, 0
    return most, integer("max_connections_per_node", value, least=1)


def callbacks(name: str, value: Any) -> dict[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        _refuse(name, "a dict {command: callable}", value)
    for callback in (value or {}).values():
        if not callable(callback):
            _refuse(f"each value of {name}", "callable", callback)
    return {name.upper(): callback for name, callback in (value or {}).items()}
