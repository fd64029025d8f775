/*
 * server_text: text from servers as a str that is safe in a log and on a terminal. Needs the GIL.
 */
#ifndef RC_PYTHON_SERVER_TEXT_H
#define RC_PYTHON_SERVER_TEXT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "core/cluster.h"

/*
 * server_text decodes UTF-8. Bytes that are not, and characters that are not safe in a log or on a
 * terminal, are escaped. New reference; NULL with an exception.
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
