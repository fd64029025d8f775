/*
 * session: the Python type around rc_session, a connection that its caller keeps.
 *
 * One thread may send while another receives, and a third may close the session: threads that wait
 * get a ConnectionError, and the last one to return closes the connection. All state needs the GIL,
 * which is given up while a server is waited for.
 */
#ifndef RC_PYTHON_SESSION_H
#define RC_PYTHON_SESSION_H

#include "python/base/state.h"

#include "core/cluster.h"

extern PyType_Spec session_object_spec;

/*
 * session_object_exchange is rc_session_exchange on an object of this type, with the GIL given up;
 * a session that is closed fails with RC_CLOSED. RC_INTERRUPTED: an exception is set.
 */
rc_status session_object_exchange(PyObject *session, rc_exchange *exchange, rc_error *error);

/*
 * session_object_close is the method close(). With other threads in a call the last of them closes
 * it; otherwise it is closed on return.
 */
void session_object_close(PyObject *session, bool clean);

#endif
