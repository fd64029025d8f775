#include "python/types/cluster.h"

#include "python/base/errors.h"
#include "python/base/server_text.h"
#include "python/run/cluster_call.h"
#include "python/table/argument.h"
#include "python/types/node_reports.h"

#include <structmember.h>

/* ---- batches ---- */

rc_batch *cluster_object_take_batch(ClusterObject *self)
{
    if (self->spare_count > 0) {
        return self->spare[--self->spare_count];
    }
    rc_batch *batch = rc_alloc_zeroed(sizeof *batch);
    if (batch == NULL) {
        PyErr_NoMemory();
    }
    return batch;
}

static void free_batch(rc_batch *batch)
{
    rc_batch_free(batch);
    rc_free(batch);
}

void cluster_object_give_batch(ClusterObject *self, rc_batch *batch)
{
    if (self->spare_count == SPARE_BATCHES) {
        free_batch(batch);
        return;
    }
    rc_batch_clear(batch);
    self->spare[self->spare_count++] = batch;
}

/* ---- construction ---- */

static PyObject *cluster_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    State *state = state_of_type(type);
    ClusterObject *self = state == NULL ? NULL : (ClusterObject *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->state = state;
    }
    return (PyObject *)self;
}

static int read_startup(PyObject *list, rc_options *options)
{
    Py_ssize_t count = PyList_GET_SIZE(list);
    options->startup = rc_alloc_zeroed(((size_t)count + 1) * sizeof *options->startup);
    if (options->startup == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        rc_address *address = &options->startup[i];
        if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "si", &address->host, &address->port)) {
            return -1;
        }
    }
    options->startup_count = (size_t)count;
    return 0;
}

static int read_remaps(PyObject *list, rc_options *options)
{
    Py_ssize_t count = PyList_GET_SIZE(list);
    options->remaps = rc_alloc_zeroed(((size_t)count + 1) * sizeof *options->remaps);
    if (options->remaps == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        rc_remap *rule = &options->remaps[i];
        if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "zzii", &rule->from_host, &rule->to_host,
                              &rule->from_port, &rule->to_port)) {
            return -1;
        }
    }
    options->remap_count = (size_t)count;
    return 0;
}

/* Everything that one parse of the keywords fills. */
typedef struct Arguments {
    rc_options options;
    PyObject *startup;
    PyObject *remaps;
    PyObject *address_remap;
    PyObject *observer;
    const char *encoding;
    const char *errors;
    int decode;
    int report_redirects;
    int hide_values;
    int redirect_only_to_known_nodes;
    int retry_writes;
    int allow_uncovered;
    int tls;
    int tls_check_hostname;
    int tls_verify;
    int keepalive;
    long long socket_timeout;
    long long connect_timeout;
    long long pool_timeout;
    long long failover_timeout;
    Py_ssize_t max_connections;
    Py_ssize_t max_connections_per_node;
    unsigned int max_reply_bytes;
    unsigned int max_reply_items;
} Arguments;

/* read_credential is a converter: bytes are taken as they are, a str is UTF-8, None is none. */
static int read_credential(PyObject *given, void *place)
{
    char **text = place;
    if (given == Py_None) {
        *text = NULL;
        return 1;
    }
    if (PyBytes_Check(given)) {
        return PyBytes_AsStringAndSize(given, text, NULL) == 0;
    }
    *text = (char *)(uintptr_t)PyUnicode_AsUTF8(given);
    return *text != NULL;
}

static int parse(Arguments *a, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"startup",
                            "remaps",
                            "encoding",
                            "errors",
                            "decode",
                            "username",
                            "password",
                            "client_name",
                            "database",
                            "socket_timeout_ms",
                            "connect_timeout_ms",
                            "pool_timeout_ms",
                            "failover_timeout_ms",
                            "keepalive",
                            "keepalive_idle",
                            "keepalive_interval",
                            "keepalive_count",
                            "max_connections",
                            "max_connections_per_node",
                            "max_reply_bytes",
                            "max_reply_items",
                            "retry_rounds",
                            "down_rounds",
                            "lost_rounds",
                            "timeout_rounds",
                            "refresh_after_moved",
                            "retry_writes",
                            "allow_uncovered",
                            "tls",
                            "tls_check_hostname",
                            "tls_verify",
                            "tls_ca_file",
                            "tls_ca_path",
                            "tls_ca_data",
                            "tls_cert_file",
                            "tls_key_file",
                            "tls_key_password",
                            "tls_crl_file",
                            "tls_ciphers",
                            "tls_ciphersuites",
                            "tls_min_version",
                            "address_remap",
                            "observer",
                            "report_redirects",
                            "hide_values",
                            "redirect_only_to_known_nodes",
                            NULL};
    rc_options *o = &a->options;
    return PyArg_ParseTupleAndKeywords(
        args, kwargs,
        "|$O!O!sspO&O&ziLLLLpiiinnIIiiiiippppp"
        "zzzzzzzzziOOppp:Cluster",
        names, &PyList_Type, &a->startup, &PyList_Type, &a->remaps, &a->encoding, &a->errors,
        &a->decode, read_credential, &o->username, read_credential, &o->password, &o->client_name,
        &o->database, &a->socket_timeout, &a->connect_timeout, &a->pool_timeout,
        &a->failover_timeout, &a->keepalive, &o->keepalive.idle, &o->keepalive.interval,
        &o->keepalive.count, &a->max_connections, &a->max_connections_per_node, &a->max_reply_bytes,
        &a->max_reply_items, &o->retry.rounds, &o->retry.down_rounds, &o->lost_rounds,
        &o->timeout_rounds, &o->refresh_after_moved, &a->retry_writes, &a->allow_uncovered, &a->tls,
        &a->tls_check_hostname, &a->tls_verify, &o->tls.ca_file, &o->tls.ca_path, &o->tls.ca_data,
        &o->tls.cert_file, &o->tls.key_file, &o->tls.key_password, &o->tls.crl_file,
        &o->tls.ciphers, &o->tls.ciphersuites, &o->tls.min_version, &a->address_remap, &a->observer,
        &a->report_redirects, &a->hide_values, &a->redirect_only_to_known_nodes);
}

static size_t limit(Py_ssize_t connections)
{
    return connections <= 0 ? SIZE_MAX : (size_t)connections;
}

static void take_flags(Arguments *a)
{
    rc_options *o = &a->options;
    o->socket_timeout = a->socket_timeout;
    o->connect_timeout = a->connect_timeout;
    o->pool_timeout = a->pool_timeout;
    o->failover_timeout = a->failover_timeout;
    o->keepalive.on = a->keepalive;
    o->max_connections = limit(a->max_connections);
    o->max_connections_per_node = limit(a->max_connections_per_node);
    o->reply_limits = (rc_reply_limits){.bytes = a->max_reply_bytes, .items = a->max_reply_items};
    o->report_redirects = a->report_redirects;
    o->redirect_only_to_known = a->redirect_only_to_known_nodes;
    o->retry_writes = a->retry_writes;
    o->allow_uncovered = a->allow_uncovered;
    o->tls.on = a->tls;
    o->tls.check_hostname = a->tls_check_hostname;
    o->tls.verify = a->tls_verify;
}

static int set_codec(ClusterObject *self, const Arguments *a)
{
    rc_free(self->encoding); /* of an __init__ that failed */
    rc_free(self->errors);
    self->encoding = rc_copy_text(a->encoding, strlen(a->encoding));
    self->errors = rc_copy_text(a->errors, strlen(a->errors));
    if (self->encoding == NULL || self->errors == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    bool utf8 = PyOS_stricmp(a->encoding, "utf-8") == 0 || PyOS_stricmp(a->encoding, "utf8") == 0;
    self->codec = (Codec){.encoding = self->encoding,
                          .errors = self->errors,
                          .plain_utf8 = utf8 && strcmp(a->errors, "strict") == 0,
                          .decode = a->decode};
    return 0;
}

static void keep(PyObject **place, PyObject *given)
{
    if (given != NULL && given != Py_None) {
        Py_INCREF(given);
        Py_XSETREF(*place, given);
    }
}

static int make_cluster(ClusterObject *self, Arguments *a)
{
    if ((a->startup != NULL && read_startup(a->startup, &a->options) != 0) ||
        (a->remaps != NULL && read_remaps(a->remaps, &a->options) != 0)) {
        return -1;
    }
    take_flags(a);
    self->hide_values = a->hide_values;
    if (set_codec(self, a) != 0) {
        return -1;
    }
    keep(&self->address_remap, a->address_remap);
    keep(&self->observer, a->observer);
    rc_error error;
    self->cluster = rc_cluster_new(&a->options, &error);
    if (self->cluster == NULL) {
        errors_raise(errors_from_error(self->state, &error));
        return -1;
    }
    return 0;
}

/* check_new fails after a first __init__: clients may be using what that has made. */
static int check_new(const ClusterObject *self)
{
    if (self->cluster != NULL) {
        PyErr_SetString(PyExc_TypeError, "Cluster.__init__() was called twice");
        return -1;
    }
    return 0;
}

static int cluster_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    ClusterObject *self = (ClusterObject *)object;
    Arguments a = {.encoding = "utf-8", .errors = "strict"};
    rc_options_default(&a.options);
    a.socket_timeout = a.options.socket_timeout;
    a.connect_timeout = a.options.connect_timeout;
    a.failover_timeout = a.options.failover_timeout;
    a.max_reply_bytes = (unsigned)a.options.reply_limits.bytes;
    a.max_reply_items = (unsigned)a.options.reply_limits.items;
    a.keepalive = a.tls_check_hostname = a.tls_verify = 1;
    /* The arguments' own code may have called __init__. */
    int result = parse(&a, args, kwargs) && check_new(self) == 0 ? make_cluster(self, &a) : -1;
    rc_free(a.options.startup); /* the arrays only: their texts are the arguments' own */
    rc_free(a.options.remaps);
    return result;
}

static int cluster_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object)); /* an instance of a heap type owns a reference to it */
    Py_VISIT(((ClusterObject *)object)->address_remap);
    Py_VISIT(((ClusterObject *)object)->observer);
    return 0;
}

static int cluster_clear(PyObject *object)
{
    Py_CLEAR(((ClusterObject *)object)->address_remap);
    Py_CLEAR(((ClusterObject *)object)->observer);
    return 0;
}

static void cluster_dealloc(PyObject *object)
{
    ClusterObject *self = (ClusterObject *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    cluster_clear(object);
    while (self->spare_count > 0) {
        free_batch(self->spare[--self->spare_count]);
    }
    rc_cluster_free(self->cluster);
    rc_free(self->encoding);
    rc_free(self->errors);
    type->tp_free(object);
    Py_DECREF(type);
}

/* ---- methods ---- */

static int check_open(const ClusterObject *self)
{
    if (self->cluster == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "Cluster.__init__() was not called");
        return -1;
    }
    return 0;
}

static PyObject *cluster_open(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    ClusterObject *self = (ClusterObject *)object;
    return check_open(self) == 0 ? cluster_call_fetch(self, rc_cluster_open) : NULL;
}

static PyObject *cluster_refresh(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    ClusterObject *self = (ClusterObject *)object;
    return check_open(self) == 0 ? cluster_call_fetch(self, rc_cluster_refresh) : NULL;
}

static PyObject *cluster_disconnect(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    ClusterObject *self = (ClusterObject *)object;
    if (check_open(self) != 0) {
        return NULL;
    }
    rc_cluster_disconnect(self->cluster);
    Py_RETURN_NONE;
}

/* node_address is (host, port). */
static PyObject *node_address(ClusterObject *self, rc_node_id id)
{
    const rc_node *node = rc_cluster_node(self->cluster, id);
    PyObject *host = server_text(node->host, strlen(node->host));
    return host == NULL ? NULL : Py_BuildValue("(Ni)", host, node->port);
}

/* add_range appends (first, last, [(host, port), ...]), the primary first. */
static int add_range(PyObject *list, ClusterObject *self, int first, int last,
                     const rc_shard *shard)
{
    PyObject *nodes = PyList_New(0);
    for (int i = -1; nodes != NULL && i < (int)shard->replica_count; i++) {
        rc_node_id id = i < 0 ? shard->primary : shard->replicas[i];
        PyObject *address = node_address(self, id);
        if (address == NULL || PyList_Append(nodes, address) != 0) {
            Py_CLEAR(nodes);
        }
        Py_XDECREF(address);
    }
    PyObject *range = nodes == NULL ? NULL : Py_BuildValue("(iiN)", first, last, nodes);
    int result = range == NULL ? -1 : PyList_Append(list, range);
    Py_XDECREF(range);
    return result;
}

static PyObject *cluster_owner(PyObject *object, PyObject *args)
{
    ClusterObject *self = (ClusterObject *)object;
    int slot;
    long long timeout = -1;
    rc_node_id owner;
    if (!PyArg_ParseTuple(args, "i|L:owner", &slot, &timeout) || check_open(self) != 0) {
        return NULL;
    }
    if (slot < 0 || slot >= RC_SLOTS) {
        PyErr_Format(PyExc_ValueError, "a slot is a number from 0 to %d", RC_SLOTS - 1);
        return NULL;
    }
    rc_epoch epoch = rc_cluster_enter(self->cluster);
    PyObject *address = NULL;
    if (cluster_call_owner(self, slot, rc_deadline(timeout), &owner) == 0) {
        address = owner == RC_NO_NODE ? Py_BuildValue("") : node_address(self, owner);
    }
    rc_cluster_leave(self->cluster, epoch);
    return address;
}

static PyObject *cluster_doubt(PyObject *object, PyObject *args)
{
    ClusterObject *self = (ClusterObject *)object;
    const char *host;
    int port;
    if (!PyArg_ParseTuple(args, "si:doubt", &host, &port) || check_open(self) != 0) {
        return NULL;
    }
    rc_epoch epoch = rc_cluster_enter(self->cluster);
    rc_node_id node = rc_cluster_find(self->cluster, host, port);
    if (node != RC_NO_NODE) {
        rc_cluster_doubt(self->cluster, node);
    }
    rc_cluster_leave(self->cluster, epoch);
    Py_RETURN_NONE;
}

static PyObject *cluster_ranges(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    ClusterObject *self = (ClusterObject *)object;
    if (check_open(self) != 0) {
        return NULL;
    }
    rc_epoch epoch = rc_cluster_enter(self->cluster);
    rc_slotmap *map = rc_cluster_map(self->cluster);
    PyObject *list = PyList_New(0);
    for (int first = 0, last; list != NULL && first < RC_SLOTS; first = last + 1) {
        uint16_t shard = map->shard_of[first];
        for (last = first; last + 1 < RC_SLOTS && map->shard_of[last + 1] == shard; last++) {
        }
        if (shard != RC_NO_SHARD && add_range(list, self, first, last, &map->shards[shard]) != 0) {
            Py_CLEAR(list);
        }
    }
    rc_slotmap_drop(map);
    rc_cluster_leave(self->cluster, epoch);
    return list;
}

static PyObject *cluster_reports(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    ClusterObject *self = (ClusterObject *)object;
    return check_open(self) == 0 ? node_reports(self) : NULL;
}

static PyObject *cluster_changes(PyObject *object, PyObject *ignored)
{
    (void)ignored;
    ClusterObject *self = (ClusterObject *)object;
    if (check_open(self) != 0) {
        return NULL;
    }
    uint64_t changes;
    int moved;
    rc_cluster_changes(self->cluster, &changes, &moved);
    return Py_BuildValue("(Ki)", (unsigned long long)changes, moved);
}

static PyMethodDef methods[] = {
    {"open", cluster_open, METH_NOARGS,
     "open($self)\n--\n\nFetch the slot table and check that it covers all slots."},
    {"refresh", cluster_refresh, METH_NOARGS, "refresh($self)\n--\n\nFetch the slot table again."},
    {"disconnect", cluster_disconnect, METH_NOARGS,
     "disconnect($self)\n--\n\nClose the idle connections; the next command opens new ones."},
    {"owner", cluster_owner, METH_VARARGS,
     "owner($self, slot, timeout_ms=-1, /)\n--\n\n"
     "Return (host, port) of the primary of a slot as it is known, or None.\n\n"
     "If that has failed since the slot table was fetched, wait for a fresh one: half a second at\n"
     "most, and three quarters of timeout_ms."},
    {"doubt", cluster_doubt, METH_VARARGS,
     "doubt($self, host, port, /)\n--\n\n"
     "Note that a node refuses what it should serve: who needs it next looks at a fresh slot "
     "table."},
    {"ranges", cluster_ranges, METH_NOARGS,
     "ranges($self)\n--\n\nReturn [(first slot, last slot, [(host, port), ...]), ...] as it is "
     "known, the primary first."},
    {"reports", cluster_reports, METH_NOARGS,
     "reports($self)\n--\n\nReturn {node: numbers of what was done with it}, see "
     "RedisCluster.stats()."},
    {"changes", cluster_changes, METH_NOARGS,
     "changes($self)\n--\n\nReturn (how often the slot table has changed, how many MOVED replies "
     "came since it was fetched)."},
    {0},
};

static PyMemberDef members[] = {
    {"decode_responses", T_BOOL, offsetof(ClusterObject, codec.decode), READONLY,
     "Whether replies are str, not bytes."},
    {0},
};

static PyType_Slot slots[] = {
    {Py_tp_doc, "One client's connections, nodes and slot table."},
    {Py_tp_new, cluster_new},
    {Py_tp_init, cluster_init},
    {Py_tp_dealloc, cluster_dealloc},
    {Py_tp_traverse, cluster_traverse},
    {Py_tp_clear, cluster_clear},
    {Py_tp_methods, methods},
    {Py_tp_members, members},
    {0},
};

PyType_Spec cluster_object_spec = {
    .name = "rediscluster_c._core.Cluster",
    .basicsize = sizeof(ClusterObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};
