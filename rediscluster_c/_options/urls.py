"""redis, rediss, valkey and valkeys URLs, as keywords of RedisCluster and of the pools."""

from __future__ import annotations

from collections.abc import Mapping
from ssl import TLSVersion
from typing import Any, Callable
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from rediscluster_c._options import checks
from rediscluster_c._safe_repr import bad_value
from rediscluster_c.exceptions import RedisClusterException

DEFAULT_PORT = 6379

SCHEMES = {"redis": False, "rediss": True, "valkey": False, "valkeys": True}  # scheme: TLS

_ENCODE = (
    "In a user name or password, the characters : / ? # [ ] @ % must be percent-encoded "
    "(urllib.parse.quote(password, safe='')), and read with decode_components=True"
)

_FALSE = {"0", "f", "false", "n", "no", "off"}
_TRUE = {"1", "t", "true", "y", "yes", "on"}


def _boolean(text: str) -> bool:
    if text.lower() not in _FALSE | _TRUE:
        raise ValueError(text)
    return text.lower() in _TRUE


def _tls_version(text: str) -> TLSVersion:
    try:
        return TLSVersion[text.replace(".", "_")]
    except KeyError:
        raise ValueError(text) from None


def _boolean_or_integer(text: str) -> bool | int:
    return int(text) if text.isdigit() and text not in ("0", "1") else _boolean(text)


def _boolean_or_name(text: str) -> bool | str:
    return text if text in checks.READ_POLICIES else _boolean(text)


# What the text of a query option becomes, by the annotation of its parameter without "| None"; an
# option with another one, or with none, stays a text.
_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "bool": (_boolean, "True or False"),
    "int": (int, "an integer"),
    "float": (float, "a number"),
    "Seconds": (float, "a number"),
    "bool | int": (_boolean_or_integer, "True, False or an integer"),
    "bool | str": (_boolean_or_name, "True, False or the name of a policy"),
    "TLSVersion": (_tls_version, "the name of an ssl.TLSVersion, such as TLSv1_2"),
}

# {parameter: its annotation}
Annotations = Mapping[str, str]


def _option(name: str, text: str, annotations: Annotations) -> Any:
    annotation = annotations.get(name, "").replace(" | None", "")
    convert, expected = _READERS.get(annotation, (str, "a text"))
    try:
        return convert(text)
    except ValueError:
        pass
    raise ValueError(bad_value(f"{name} in the URL", expected, text))


def _split(url: str) -> tuple[SplitResult, int | None]:
    """The URL's parts and its port. ValueError, which shows nothing of a URL that is malformed."""
    # urllib's own errors quote what they take for a port or a host, which may be a password. They
    # are left behind here, so that they are no context of the error that is raised.
    try:
        parts = urlsplit(url)
        bracketed = "[" in parts.netloc.rpartition("@")[2]
        if not bracketed or ":" in (parts.hostname or ""):  # urllib looks since Python 3.11.4 only
            return parts, parts.port
    except ValueError:
        pass
    raise ValueError(f"the URL has a host or a port that cannot be read. {_ENCODE}")


def _database(path: str) -> int:
    text = unquote(path).strip("/")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"the path of the URL must be a database number. {_ENCODE}")
    return int(text)


def options(url: str, annotations: Annotations, decode_components: bool = True) -> dict[str, Any]:
    """The keywords that the URL stands for: host, port, and what else it says.

    Percent-encoded parts are decoded, user name and password only if decode_components. The options
    of the query have the types that the annotations of the parameters say. RedisClusterException
    for unix://, ValueError for what is no such URL.
    """
    if not isinstance(url, str):
        raise TypeError(f"a URL is a str, not {type(url).__name__}")
    scheme, separator, _ = url.partition("://")
    if scheme.lower() == "unix":
        raise RedisClusterException("Unix sockets do not work in a cluster environment")
    if not separator or scheme.lower() not in SCHEMES:
        listed = ", ".join(f"{name}://" for name in SCHEMES)
        raise ValueError(f"Redis URL must specify one of the following schemes ({listed})")
    parts, port = _split(url)
    decode = unquote if decode_components else str
    found: dict[str, Any] = {
        "host": unquote(parts.hostname or "localhost"),
        "port": DEFAULT_PORT if port is None else port,
    }
    if parts.username:
        found["username"] = decode(parts.username)
    if parts.password:
        found["password"] = decode(parts.password)
    if SCHEMES[parts.scheme]:
        found["ssl"] = True
    query = {name: _option(name, text, annotations) for name, text in parse_qsl(parts.query)}
    if "startup_nodes" in query:
        raise ValueError("startup_nodes cannot stand in the URL: give them beside it")
    database = query.pop("db") if "db" in query else _database(parts.path)
    if database:
        found["db"] = database
    return {**found, **query}
