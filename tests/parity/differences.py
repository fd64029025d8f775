"""Where the two clients differ, and why. What is not said here must not differ.

RULES hold for messages everywhere. EXPLAINED names cases as calls.txt does; behind a slash stand
words of the modes in which a case differs, when that is not all: client, pipeline, decoding. A case
that is explained and does not differ is an error, and so is a method that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Callable, NamedTuple


class Rule(NamedTuple):
    reason: str
    alike: Callable[[str, str], bool]


def _goes_on(old: str, new: str) -> bool:
    marks = (": ", "; ", ", ", " (", *([" "] if old.endswith("...") else []))
    return new.startswith(tuple(old + mark for mark in marks))


BINDING = re.compile(r"raises TypeError: ([\w.]+\(\) (missing|got|takes)|.*arguments?\b)")


def _is_not_bound(old: str, new: str) -> bool:
    return BINDING.match(old) is not None and BINDING.match(new) is not None


COMMAND = re.compile(r"(?<=Command # 1 \().*(?=\) of pipeline caused error: )")


def _shows_bytes_as_text(old: str, new: str) -> bool:
    shown, written = COMMAND.search(old), COMMAND.search(new)
    before, after = COMMAND.sub("", old), COMMAND.sub("", new)
    if shown is None or written is None or not (before == after or _goes_on(before, after)):
        return False
    return re.sub(r"\bb'([^']*)'", r"\1", shown[0]) == written[0]


MISSING_KEY = (
    "raises RedisClusterException: No way to dispatch this command to Redis Cluster. Missing key."
)
REFUSED = re.compile(
    r"raises RedisClusterException: ERROR: Calling pipelined function \w+ is blocked when running "
    r"redis in cluster mode\.\.\."
)


def _is_refused_at_once(old: str, new: str) -> bool:
    return old == MISSING_KEY and REFUSED.match(new) is not None


RULES = [
    Rule("A message goes on to say what it is about, and what to do.", _goes_on),
    Rule(
        "Python's own words for a call that does not bind differ between functions written in "
        "Python and in C.",
        _is_not_bound,
    ),
    Rule(
        "A pipeline keeps commands as they go out, so its messages show bytes as text.",
        _shows_bytes_as_text,
    ),
    Rule(
        "A pipeline refuses by name what several nodes answer; the old client's queued it, and "
        "found no node for it then.",
        _is_refused_at_once,
    ),
]


def alike(old: str, new: str) -> bool:
    """Whether the outcomes of a statement are the same, but for what the rules allow."""
    if old == new:
        return True
    return old.startswith("raises ") and any(rule.alike(old, new) for rule in RULES)


EXPLAINED: dict[str, str] = {
    "A command that may hold a password shows no arguments; the old client showed all.": """
        migrate: nobody there / pipeline
    """,
    "A memoryview is a key like any other; the old client did not find its slot.": """
        get: keys of every type
    """,
    "mget() sends MGET, to which a key of another type has no value; the old client sent GETs.": """
        mget: a list among strings / client
    """,
    "Keys of several slots are served, one command for each slot; the old client sent all keys to "
    "the node of the first.": """
        exists: several slots / client
        touch: several slots / client
        unlink: several slots / client
        pfcount: several slots / client
    """,
    "No keys are no error where the answer is known: the old client found no node to ask.": """
        exists: nothing / client
        touch: nothing / client
        unlink: nothing / client
    """,
    "It is served, where its keys share a slot; the old client refused every call of it.": """
        bitop: one slot / client
        bitop: several slots / client
    """,
    "msetnx() looks whether keys exist, not whether their values are true, and takes every key "
    "that mset() takes.": """
        msetnx: an empty value is a value / client
        msetnx: another type is a value / client
        msetnx: a key in bytes / client
    """,
    "An element that is empty is moved as well; the old client dropped it.": """
        rpoplpush: an empty element / client
    """,
    "What the destination does not take stays at its source; the old client lost it.": """
        brpoplpush: wrong type of destination / client
        rpoplpush: wrong type of destination / client
        smove: wrong type of destination / client
    """,
    "The union of nothing is stored by deleting the destination; the old client sent SADD without "
    "members.": """
        sunionstore: nothing to store / client
    """,
    "A set operation without sets is refused in words; the old client's list had no first "
    "element.": """
        sdiff: nothing / client
        sinter: nothing / client
        sunion: nothing / client
    """,
    "A source that does not exist adds nothing to a merge; the old client left a temporary key "
    "behind and raised.": """
        pfmerge: a missing source / client
    """,
    "HyperLogLogs are bytes that are no text; the old client decoded them.": """
        pfmerge: one slot / decoding client
        pfmerge: several slots / decoding client
    """,
    "What DUMP gives is bytes that are no text; the old client decoded it.": """
        dump: a value, none / decoding
        rename: several slots / decoding client
        rename: several slots, a list / decoding client
        renamenx: several slots / decoding client
        restore: a copy / decoding
    """,
    "An iteration needs replies, which a pipeline has not: it says so, and the old client's took "
    "apart what was no reply.": """
        hscan_iter: fields, none / pipeline
        hscan_iter: wrong type / pipeline
        sscan_iter: members, none / pipeline
        sscan_iter: wrong type / pipeline
        zscan_iter: members, none / pipeline
        zscan_iter: wrong type / pipeline
    """,
    "A pipeline sends nothing before execute(); the old client's ran this iteration at once.": """
        scan_iter: all, some / pipeline
        scan_iter: nothing / pipeline
    """,
    "A script without keys is run by some primary; the old client found no node for it.": """
        eval: no keys
        register_script: no keys
    """,
    "The number of keys may be text, as on the wire.": """
        eval: the number of keys as text
    """,
    "aggregate=False gives each node's own reply; the old client ignored it.": """
        pubsub_channels: not added up
        pubsub_numpat: not added up / client
        pubsub_numsub: not added up
    """,
    "Every primary can be asked to stop its script; the old client refused to.": """
        script_kill: nothing runs / client
    """,
    "What has no key goes to every node, or to some; the old client found no node for it.": """
        cluster_save_config: of all / client
        cluster_slots: all / pipeline
        memory_purge: all / client
        memory_stats: all / client
        readonly: all
        readwrite: all
    """,
    "The node that is named is the one that is asked; the old client found no node for it.": """
        cluster_addslots: no slots
        cluster_failover: of a master
    """,
    "Some primary is asked for its failure reports of a node; the old client found no node.": """
        cluster_count_failure_report: of a node
        cluster_count_failure_report: of nobody
    """,
    "What is no slot is refused at once; the old client raised KeyError, or asked some node.": """
        cluster_countkeysinslot: no slot
        cluster_delslots: no slot
        cluster_get_keys_in_slot: no slot
    """,
    "The node that is named is told whose slot it becomes; the old client told the owner of the "
    "slot of the number's text.": """
        cluster_setslot: nobody
        cluster_setslot: to nobody
    """,
    "Two nodes have to be named: the replica to be, and its primary. The old client told the owner "
    "of the slot of the id's text.": """
        cluster_replicate: nobody
        cluster_replicate: itself
    """,
    "A server says itself which CLUSTER command it lacks; the old client found no node for it.": """
        cluster: unknown
    """,
    "Each node has users of its own, and all nodes are asked; the old client refused it.": """
        acl_cat: categories / client
        acl_deluser: nobody / client
        acl_genpass: a password / client
        acl_getuser: the default user, nobody / client
        acl_list: users / client
        acl_load: no file / client
        acl_save: no file / client
        acl_setuser: a user / client
        acl_setuser: passwords / client
        acl_users: users / client
        acl_whoami: me / client
    """,
    "A pipeline refuses by name, too, what would end a server: the old client's ran it.": """
        execute_command: refused / pipeline
    """,
    "A pipeline refuses what goes to several nodes; the old client's asked the owner of the slot "
    "of an argument's text.": """
        acl_cat: categories / pipeline
        acl_deluser: nobody / pipeline
        acl_getuser: the default user, nobody / pipeline
        acl_setuser: a user / pipeline
        acl_setuser: passwords / pipeline
        acl_setuser: wrong arguments / pipeline
        client_pause: a moment / pipeline
        client_pause: no number / pipeline
        client_unblock: nobody / pipeline
        client_unblock: no number / pipeline
        wait: no replicas / pipeline
        wait: too many replicas / pipeline
    """,
    "The messages are spelt as in newer versions of redis-py.": """
        acl_setuser: wrong arguments / client
    """,
    "It is redis-py's here; the old client had it, and refused every call.": """
        client_kill_filter: nothing
        client_kill_filter: an address
    """,
    "Every primary is asked; the old client refused it.": """
        wait: no replicas / client
        wait: too many replicas / client
    """,
    "What the server says of the client that sent a slow command is handed on.": """
        slowlog_get: entries / client
    """,
    "What is no number is the server's to refuse; the old client left it out.": """
        memory_usage: samples that are no number
    """,
    "A slot's keys are counted where they are; the old client's pipeline asked the owner of the "
    "slot of the number's text.": """
        cluster_countkeysinslot: keys, none / pipeline
        cluster_get_keys_in_slot: keys, none / pipeline
    """,
    "The reply is a list of lines, which the old client took for one text.": """
        cluster_slaves: of a master
    """,
    "A pipeline refuses what several nodes answer; the old client's asked the owner of the slot of "
    "the channel's or pattern's text.": """
        pubsub_channels: none / pipeline
        pubsub_numsub: none / pipeline
    """,
    "A pipeline misses the command where the client does; the old client's missed a key.": """
        execute_command: nothing / pipeline
    """,
    "The message says why there is no such client; the old client's was of its pool.": """
        client: a single connection / client
    """,
    "A client may have a database, where a cluster has several.": """
        RedisCluster: a database / client
    """,
    "MONITOR works, on one node; the old client's never did.": """
        monitor: of a client
    """,
    "A transaction on one slot is served; the old client had none.": """
        pipeline: a transaction
        transaction: of a client
    """,
    "A rule may name hosts as the servers do, which need not be by their IP addresses.": """
        host_port_remap: wrong rules
    """,
    "A cluster is not reached by Unix sockets, so a message does not propose them.": """
        from_url: a URL that it does not take
    """,
    "MONITOR is served; the old client refused it.": """
        monitor: of a client
    """,
    "OBJECT ENCODING may be given in two words; the old client did not convert its reply.": """
        execute_command: in two words
    """,
}


def explanations() -> Iterator[tuple[str, set[str], str]]:
    """Each line of EXPLAINED: the case's name, the words of its modes, the reason."""
    for reason, lines in EXPLAINED.items():
        for line in lines.strip().splitlines():
            name, _, words = line.strip().partition(" / ")
            yield name, set(words.split()), reason


def reason_for(name: str, mode: str) -> str | None:
    for explained, words, reason in explanations():
        if name == explained and words <= set(mode.split()):
            return reason
    return None
