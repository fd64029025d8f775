/*
 * session_object: the Python type around rc_session: one conversation on a connection of its own.
 *
 * A thread may send while another receives, and close it under both: who waits then gets a
 * ConnectionError, and the last one to leave gives the connection up. All state needs the GIL,
 * which is given up while a server is waited for.
 */
#ifndef RC_PYTHON_SESSION_OBJECT_H
#define RC_PYTHON_SESSION_OBJECT_H

#include "state.h"

extern PyType_Spec session_object_spec;

#endif
