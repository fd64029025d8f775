/*
 * server_text: what servers say, as str that a log and a terminal can take.
 */
#ifndef RC_PYTHON_SERVER_TEXT_H
#define RC_PYTHON_SERVER_TEXT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "core/cluster.h"

/*
 * server_text decodes what a server said, which need not be UTF-8, nor whole, and escapes what a
 * log or a terminal would not take for text. New reference.
 */
PyObject *server_text(const char *text, size_t length);

/* server_text_address is "host:port", a new reference; NULL with an exception. */
PyObject *server_text_address(const char *host, int port);

/*
 * server_text_node is the address of the node that had this number at that age; None if another
 * node has the number by now. New reference; NULL with an exception.
 */
PyObject *server_text_node(rc_cluster *cluster, rc_node_id node, uint16_t age);

#endif
