#include "python/types/node_reports.h"

#include "python/base/server_text.h"

static double seconds(uint64_t microseconds)
{
    return (double)microseconds / 1e6;
}

/* histogram is {upper bound in seconds: number of round trips below it}, without empty buckets. */
static PyObject *histogram(const rc_stats *stats)
{
    PyObject *dict = PyDict_New();
    for (int i = 0; dict != NULL && i < RC_LATENCY_BUCKETS; i++) {
        if (stats->latency[i] == 0) {
            continue;
        }
        PyObject *bound = PyFloat_FromDouble(seconds(UINT64_C(2) << i));
        PyObject *count = PyLong_FromUnsignedLongLong(stats->latency[i]);
        if (bound == NULL || count == NULL || PyDict_SetItem(dict, bound, count) != 0) {
            Py_CLEAR(dict);
        }
        Py_XDECREF(bound);
        Py_XDECREF(count);
    }
    return dict;
}

static PyObject *latency(const rc_stats *stats)
{
    unsigned long long count = 0;
    for (int i = 0; i < RC_LATENCY_BUCKETS; i++) {
        count += stats->latency[i];
    }
    return Py_BuildValue("{sKsdsdsN}", "count", count, "total", seconds(stats->latency_total),
                         "recent", seconds(stats->latency_recent), "histogram", histogram(stats));
}

static PyObject *report_of(const rc_node_report *report)
{
    const rc_stats *stats = &report->stats;
    return Py_BuildValue(
        "{sOsnsnsKsKsKsKsKsKsKsKsKsN}", "down", report->down ? Py_True : Py_False, "connections",
        (Py_ssize_t)(report->idle + report->taken), "in_use", (Py_ssize_t)report->taken, "commands",
        stats->tally.commands, "retries", stats->tally.retries, "redirects", stats->redirects,
        "refreshes", stats->refreshes, "connects", stats->connects, "connect_failures",
        stats->connect_failures, "losses", stats->losses, "bytes_sent", stats->tally.bytes_sent,
        "bytes_received", stats->tally.bytes_received, "latency", latency(stats));
}

PyObject *node_reports(ClusterObject *self)
{
    PyObject *reports = PyDict_New();
    size_t count = rc_cluster_node_count(self->cluster);
    for (size_t i = 0; reports != NULL && i < count; i++) {
        rc_node_report report;
        if (!rc_cluster_report(self->cluster, (rc_node_id)i, &report)) {
            continue;
        }
        PyObject *name = server_text_address(report.host, report.port);
        PyObject *one = name == NULL ? NULL : report_of(&report);
        if (one == NULL || PyDict_SetItem(reports, name, one) != 0) {
            Py_CLEAR(reports);
        }
        Py_XDECREF(name);
        Py_XDECREF(one);
    }
    return reports;
}
