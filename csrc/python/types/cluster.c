#include "python/types/cluster.h"

#include "python/base/errors.h"
#include "python/base/server_text.h"
#include "python/run/cluster_call.h"
#include "python/table/argument.h"
#include "python/table/cluster_options.h"
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

static int set_codec(ClusterObject *self, const ClusterOptions *a)
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
    if (given != NULL) {
        Py_INCREF(given);
        Py_XSETREF(*place, given);
    }
}

static int make_cluster(ClusterObject *self, const ClusterOptions *a)
{
    self->hide_values = a->hide_values;
    if (set_codec(self, a) != 0) {
        return -1;
    }
    keep(&self->address_remap, a->address_remap);
    keep(&self->observer, a->observer);
    rc_error error;
    self->cluster = rc_cluster_new(&a->core, &error);
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
    ClusterOptions options;
    /* The keywords' own code may have called __init__. */
    bool read = cluster_options_read(&options, args, kwargs) == 0 && check_new(self) == 0;
    int result = read ? make_cluster(self, &options) : -1;
    cluster_options_free(&options);
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

static PyObject *cluster_map_address(PyObject *object, PyObject *args)
{
    ClusterObject *self = (ClusterObject *)object;
    const char *host;
    int port;
    if (!PyArg_ParseTuple(args, "si:map_address", &host, &port) || check_open(self) != 0) {
        return NULL;
    }
    return cluster_call_address(self, host, port);
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
    {"map_address", cluster_map_address, METH_VARARGS,
     "map_address($self, host, port, /)\n--\n\n"
     "Return (host, port) of a node that a server names so: after the rules, and address_remap."},
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
