#include "python/table/argument.h"

#include "python/base/attribute.h"

#include <math.h>

static int bad_type(const Sink *sink, PyObject *value, const char *name)
{
    bool json = PyDict_Check(value) || PyList_Check(value) || PyTuple_Check(value);
    PyErr_Format(sink->state->data_error,
                 "Invalid input of type: '%s'. Convert to a bytes, string, int or float first. "
                 "(argument '%s' of %s)%s",
                 Py_TYPE(value)->tp_name, name, sink->method,
                 json ? "; json.dumps() makes a string of it" : "");
    return -1;
}

static int from_text(Bytes *bytes, const Codec *codec, PyObject *text)
{
    if (codec->plain_utf8) {
        bytes->data = PyUnicode_AsUTF8AndSize(text, &bytes->length);
        return bytes->data == NULL ? -1 : 0;
    }
    bytes->owner = PyUnicode_AsEncodedString(text, codec->encoding, codec->errors);
    if (bytes->owner == NULL) {
        return -1;
    }
    bytes->data = PyBytes_AS_STRING(bytes->owner);
    bytes->length = PyBytes_GET_SIZE(bytes->owner);
    return 0;
}

static int from_int(Bytes *bytes, PyObject *number)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow == 0) {
        bytes->data = bytes->digits;
        bytes->length = (Py_ssize_t)rc_format_int(bytes->digits, value);
        return value == -1 && PyErr_Occurred() ? -1 : 0;
    }
    /* int's conversion: a subclass may have another __str__ */
    bytes->owner = PyLong_Type.tp_repr(number);
    if (bytes->owner == NULL) {
        return -1;
    }
    bytes->data = PyUnicode_AsUTF8AndSize(bytes->owner, &bytes->length);
    return bytes->data == NULL ? -1 : 0;
}

static int from_float(Bytes *bytes, PyObject *number)
{
    char *text = PyOS_double_to_string(PyFloat_AS_DOUBLE(number), 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (text == NULL) {
        return -1;
    }
    bytes->owner = PyBytes_FromString(text);
    PyMem_Free(text);
    if (bytes->owner == NULL) {
        return -1;
    }
    bytes->data = PyBytes_AS_STRING(bytes->owner);
    bytes->length = PyBytes_GET_SIZE(bytes->owner);
    return 0;
}

static int from_memoryview(Bytes *bytes, PyObject *view)
{
    if (PyObject_GetBuffer(view, &bytes->view, PyBUF_SIMPLE) == 0) {
        bytes->data = bytes->view.buf;
        bytes->length = bytes->view.len;
        return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_BufferError)) {
        return -1;
    }
    /* Not contiguous: the bytes are copied together first. */
    PyErr_Clear();
    bytes->owner = PyBytes_FromObject(view);
    if (bytes->owner == NULL) {
        return -1;
    }
    bytes->data = PyBytes_AS_STRING(bytes->owner);
    bytes->length = PyBytes_GET_SIZE(bytes->owner);
    return 0;
}

int bytes_from(Bytes *bytes, const Sink *sink, PyObject *value, const char *name)
{
    bytes->owner = NULL;
    bytes->view.obj = NULL;
    if (PyUnicode_Check(value)) {
        return from_text(bytes, sink->codec, value);
    }
    if (PyBytes_Check(value)) {
        bytes->data = PyBytes_AS_STRING(value);
        bytes->length = PyBytes_GET_SIZE(value);
        return 0;
    }
    if (PyLong_Check(value) && !PyBool_Check(value)) {
        return from_int(bytes, value);
    }
    if (PyFloat_Check(value)) {
        return from_float(bytes, value);
    }
    if (PyMemoryView_Check(value)) {
        return from_memoryview(bytes, value);
    }
    return bad_type(sink, value, name);
}

void bytes_release(Bytes *bytes)
{
    Py_XDECREF(bytes->owner);
    if (bytes->view.obj != NULL) {
        PyBuffer_Release(&bytes->view);
    }
}

static int put_object(Sink *sink, PyObject *value, const char *name)
{
    /* The types are checked for a list of objects, too, so that both sinks fail alike. */
    Bytes bytes;
    int result = bytes_from(&bytes, sink, value, name);
    bytes_release(&bytes);
    return result == 0 ? PyList_Append(sink->objects, value) : -1;
}

/* note_key: the first key decides the slot, others may be of another one. */
static void note_key(Sink *sink, const Bytes *bytes)
{
    uint16_t slot = rc_key_slot(bytes->data, (size_t)bytes->length);
    if (sink->slot == RC_NO_SLOT) {
        sink->slot = slot;
    } else if (sink->slot != slot && !sink->crossed) {
        sink->crossed = true;
        sink->other_slot = slot;
    }
}

static int put(Sink *sink, PyObject *value, const char *name, bool key)
{
    if (sink->objects != NULL) {
        return put_object(sink, value, name);
    }
    Bytes bytes;
    int result = bytes_from(&bytes, sink, value, name);
    if (result == 0) {
        if (rc_batch_argument(sink->batch, bytes.data, (size_t)bytes.length) != RC_OK) {
            PyErr_NoMemory();
            result = -1;
        } else if (key) {
            note_key(sink, &bytes);
        }
    }
    bytes_release(&bytes);
    return result;
}

int sink_value(Sink *sink, PyObject *value, const char *name)
{
    return put(sink, value, name, false);
}

int sink_key(Sink *sink, PyObject *value, const char *name)
{
    return put(sink, value, name, true);
}

/* append takes the reference to the object, which may be NULL with an exception. */
static int append(PyObject *objects, PyObject *object)
{
    int result = object == NULL ? -1 : PyList_Append(objects, object);
    Py_XDECREF(object);
    return result;
}

int sink_text(Sink *sink, const char *text)
{
    if (sink->objects != NULL) {
        return append(sink->objects, PyUnicode_FromString(text));
    }
    if (rc_batch_argument(sink->batch, text, strlen(text)) != RC_OK) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

int sink_number(Sink *sink, Py_ssize_t number)
{
    if (sink->objects != NULL) {
        return append(sink->objects, PyLong_FromSsize_t(number));
    }
    char digits[RC_DIGITS_MAX + 1];
    digits[rc_format_int(digits, number)] = '\0';
    return sink_text(sink, digits);
}

int sink_slot(Sink *sink, PyObject *value, const char *name)
{
    int overflow = 0;
    bool whole = PyLong_Check(value) && !PyBool_Check(value);
    long slot = whole ? PyLong_AsLongAndOverflow(value, &overflow) : -1;
    if (slot == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (slot < 0 || slot >= RC_SLOTS || overflow != 0) {
        PyErr_Format(sink->state->data_error, "'%s' of %s must be a slot, an int from 0 to %d: %R",
                     name, sink->method, RC_SLOTS - 1, value);
        return -1;
    }
    sink->slot = (uint16_t)slot;
    return sink_number(sink, slot);
}

int sink_encoded(Sink *sink, const char *encoded, size_t length, const char *text)
{
    if (sink->objects != NULL) {
        return append(sink->objects, PyUnicode_FromString(text));
    }
    if (rc_batch_encoded(sink->batch, encoded, length, 1) != RC_OK) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

int sink_rename(Sink *sink, const char *name)
{
    if (sink->objects != NULL) {
        PyObject *object = PyUnicode_FromString(name);
        return object == NULL ? -1 : PyList_SetItem(sink->objects, 0, object);
    }
    rc_batch_abandon(sink->batch);
    if (rc_batch_begin(sink->batch, 1) != RC_OK) {
        PyErr_NoMemory();
        return -1;
    }
    return sink_text(sink, name);
}

static int put_pair(Sink *sink, PyObject *pair, MappingOrder order, const char *name)
{
    /* A tuple of our own: encoding may run Python code, which could change the caller's pair. */
    PyObject *own = PySequence_Tuple(pair);
    if (own == NULL && attribute_iterable(pair)) {
        return -1; /* from the pair's own code */
    }
    if (own == NULL || PyTuple_GET_SIZE(own) != 2) {
        PyErr_Clear(); /* it cannot be walked over */
        Py_XDECREF(own);
        PyErr_Format(sink->state->data_error, "'%s' of %s has an item that is no pair", name,
                     sink->method);
        return -1;
    }
    bool swapped = order == MAPPING_SCORES;
    int result = put(sink, PyTuple_GET_ITEM(own, swapped), name, order == MAPPING_KEYS);
    if (result == 0) {
        result = put(sink, PyTuple_GET_ITEM(own, !swapped), name, false);
    }
    Py_DECREF(own);
    return result;
}

static PyObject *no_mapping(const Sink *sink, PyObject *mapping, const char *name)
{
    PyErr_Format(sink->state->data_error, "'%s' of %s must be a mapping, not '%s'", name,
                 sink->method, Py_TYPE(mapping)->tp_name);
    return NULL;
}

/* items_of is a list of the mapping's items, a new reference; errors of its own code go up. */
static PyObject *items_of(const Sink *sink, PyObject *mapping, const char *name)
{
    if (PyDict_CheckExact(mapping)) {
        return PyDict_Items(mapping);
    }
    PyObject *method;
    int found = attribute_find(mapping, "items", &method);
    if (found <= 0) {
        return found < 0 ? NULL : no_mapping(sink, mapping, name);
    }
    PyObject *items =
        PyCallable_Check(method) ? PyObject_CallNoArgs(method) : no_mapping(sink, mapping, name);
    Py_DECREF(method);
    if (items == NULL) {
        return NULL;
    }
    PyObject *list =
        attribute_iterable(items) ? PySequence_List(items) : no_mapping(sink, mapping, name);
    Py_DECREF(items);
    return list;
}

int sink_mapping(Sink *sink, PyObject *mapping, MappingOrder order, const char *name)
{
    PyObject *items = items_of(sink, mapping, name);
    if (items == NULL) {
        return -1;
    }
    int result = 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(items); i++) {
        result = put_pair(sink, PyList_GET_ITEM(items, i), order, name);
    }
    Py_DECREF(items);
    return result;
}

/* ---- times ---- */

int argument_timeout(PyObject *value, const char *name, rc_msec *timeout)
{
    *timeout = -1;
    if (value == Py_None) {
        return 0;
    }
    const double most = 1e9;
    bool number = PyNumber_Check(value) && !PyBool_Check(value) && !PyComplex_Check(value);
    double seconds = number ? PyFloat_AsDouble(value) : -1;
    if (PyErr_Occurred() && !(PyLong_Check(value) && PyErr_ExceptionMatches(PyExc_OverflowError))) {
        return -1; /* from the number's own code */
    }
    if (PyErr_Occurred() || !(seconds > 0 && seconds <= most)) {
        PyErr_Format(PyExc_ValueError, "%s must be a number of seconds above 0, or None, not %R",
                     name, value);
        return -1;
    }
    *timeout = (rc_msec)ceil(seconds * 1000);
    return 0;
}
