"""Options that other clients have by other names, or that say what is always so here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Callable, NoReturn

from rediscluster_c._options import checks
from rediscluster_c._safe_repr import bad_value, shown
from rediscluster_c.exceptions import RedisClusterConfigError, RedisClusterException

# Rounds that a call may lose to broken connections, and to timeouts, before it gives up.
LOST_ROUNDS = 12
TIMEOUT_ROUNDS = 1
TIMEOUT_ROUNDS_IF_ASKED = 3


def _refuse(name: str, reason: str) -> NoReturn:
    raise RedisClusterException(f"{name} is not possible in cluster mode: {reason}")


def _with_nearest(name: str, candidates: list[str]) -> str:
    nearest = get_close_matches(name, candidates, 1, 0.75)
    return f"{name} (did you mean {nearest[0]}?)" if nearest else name


def check_names(names: Iterable[str], known: Callable[[], Iterable[str]]) -> None:
    """TypeError for a keyword that nobody knows.

    *known* returns the keywords that are parameters: a misspelt one is told the nearest of them.
    """
    unknown = sorted(set(names) - set(OTHERS))
    if unknown:
        candidates = sorted({*OTHERS, *known()})
        texts = [_with_nearest(name, candidates) for name in unknown]
        raise TypeError(f"unexpected keyword argument: {', '.join(texts)}")


def check_others(options: Mapping[str, Any], known: Callable[[], Iterable[str]]) -> None:
    """TypeError for a keyword that nobody knows; an error for one that asks the impossible."""
    check_names(options, known)
    if options.get("single_connection_client"):
        _refuse("single_connection_client", "each call takes the connections it needs")
    if options.get("unix_socket_path") is not None:
        raise RedisClusterException("Unix sockets do not work in a cluster environment")
    for name in sorted(set(_OCSP) & set(options)):
        if options[name]:
            raise RedisClusterException(f"{name} is not possible: OCSP is not spoken")
    if options.get("protocol") not in (None, 2, "2"):
        _refuse(f"protocol={shown(options['protocol'])}", "RESP2 is spoken")


_OCSP = {
    "ssl_ocsp_context": "Any",
    "ssl_ocsp_expected_cert": "bytes",
    "ssl_validate_ocsp": "bool",
    "ssl_validate_ocsp_stapled": "bool",
}
# Keywords that are taken and are no parameters, and what they take.
OTHERS = {
    **_OCSP,
    "charset": "str",  # the older name of encoding
    "errors": "str",  # the older name of encoding_errors
    "cluster_error_retry_attempts": "int",  # redis-py's name of cluster_down_retry_attempts
    # The nodes of the slot table are asked first, the given ones always, too.
    "dynamic_startup_nodes": "bool",
    # An idle connection is looked at before every use anyway.
    "health_check_interval": "float",
    # The C core has its own parser and sockets.
    "parser_class": "Any",
    "socket_read_size": "Any",
    "socket_type": "Any",
    "protocol": "int",
    "readonly": "bool",  # a connection is told READONLY when a read goes to a replica
    "single_connection_client": "bool",
    "unix_socket_path": "str",
}


def codec(encoding: Any, errors: Any, others: Mapping[str, Any]) -> tuple[str, str]:
    """charset and errors are older names, and win as they did."""
    charset = others.get("charset")
    older = others.get("errors")
    return checks.codec(
        encoding if charset is None else charset, errors if older is None else older
    )


def down_rounds(attempts: Any, others: Mapping[str, Any]) -> int:
    """cluster_error_retry_attempts is redis-py's name of cluster_down_retry_attempts."""
    newer = others.get("cluster_error_retry_attempts")
    if newer is not None:
        return checks.integer("cluster_error_retry_attempts", newer)
    return checks.integer("cluster_down_retry_attempts", attempts)


def retry_rounds(retry: Any, retry_on_timeout: bool) -> dict[str, int]:
    """What is taken of a redis.retry.Retry is its number of retries: the pauses are our own."""
    if retry is None:
        rounds = TIMEOUT_ROUNDS_IF_ASKED if retry_on_timeout else TIMEOUT_ROUNDS
        return {"lost_rounds": LOST_ROUNDS, "timeout_rounds": rounds}
    get = getattr(retry, "get_retries", None)
    count = getattr(retry, "_retries", None) if get is None else get()
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise RedisClusterConfigError(
            bad_value("retry", "a Retry of redis-py with 0 or more retries", retry)
        )
    rounds = checks.integer("the number of retries of retry", count)
    return {"lost_rounds": rounds, "timeout_rounds": rounds}


def allow_uncovered(skip_full_coverage_check: bool, require_full_coverage: bool | None) -> bool:
    """require_full_coverage is redis-py's opposite of skip_full_coverage_check, if it is given."""
    if require_full_coverage is None:
        return skip_full_coverage_check
    return not require_full_coverage
