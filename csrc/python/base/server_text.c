#include "python/base/server_text.h"

/*
 * escape_length is the number of characters that a character takes when escaped. Escaped are
 * control characters, line separators and those that change the direction of writing: a log or a
 * terminal must not get them.
 */
static Py_ssize_t escape_length(Py_UCS4 character)
{
    bool control = character < 0x20 || (character >= 0x7f && character < 0xa0);
    bool separates = character == 0x2028 || character == 0x2029;
    bool turns = (character >= 0x202a && character <= 0x202e) ||
                 (character >= 0x2066 && character <= 0x2069);
    return control ? 4 : separates || turns ? 6 : 1; /* \xNN, \uNNNN */
}

static Py_ssize_t escaped_length(PyObject *text)
{
    Py_ssize_t total = 0;
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(text); i++) {
        total += escape_length(PyUnicode_READ_CHAR(text, i));
    }
    return total;
}

/*
 * put_character writes the character or its escape, and returns the index after it; -1 with an
 * exception.
 */
static Py_ssize_t put_character(PyObject *target, Py_ssize_t place, Py_UCS4 character)
{
    char escape[7];
    Py_ssize_t length = escape_length(character);
    if (length == 1) {
        return PyUnicode_WriteChar(target, place, character) == 0 ? place + 1 : -1;
    }
    snprintf(escape, sizeof escape, length == 4 ? "\\x%02x" : "\\u%04x", (unsigned)character);
    for (Py_ssize_t i = 0; i < length; i++) {
        if (PyUnicode_WriteChar(target, place + i, (Py_UCS4)escape[i]) != 0) {
            return -1;
        }
    }
    return place + length;
}

PyObject *server_text(const char *text, size_t length)
{
    PyObject *raw = PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, "backslashreplace");
    Py_ssize_t needed = raw == NULL ? 0 : escaped_length(raw);
    if (raw == NULL || needed == PyUnicode_GET_LENGTH(raw)) {
        return raw;
    }
    PyObject *escaped = PyUnicode_New(needed, PyUnicode_MAX_CHAR_VALUE(raw));
    Py_ssize_t place = 0;
    for (Py_ssize_t i = 0; escaped != NULL && i < PyUnicode_GET_LENGTH(raw); i++) {
        place = put_character(escaped, place, PyUnicode_READ_CHAR(raw, i));
        if (place < 0) {
            Py_CLEAR(escaped);
        }
    }
    Py_DECREF(raw);
    return escaped;
}

PyObject *server_text_address(const char *host, int port)
{
    PyObject *text = server_text(host, strlen(host));
    PyObject *name = text == NULL ? NULL : PyUnicode_FromFormat("%U:%d", text, port);
    Py_XDECREF(text);
    return name;
}

PyObject *server_text_node(rc_cluster *cluster, rc_node_id node, uint16_t age)
{
    char host[RC_HOST_MAX];
    int port;
    if (!rc_cluster_address(cluster, node, age, host, &port)) {
        Py_RETURN_NONE;
    }
    return server_text_address(host, port);
}
