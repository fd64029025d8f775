#include "command_text.h"

enum { SHOWN = 64, SHOWN_OF_VALUE = 8, WORDS = 16 };

/* room_of is how many bytes of an argument are shown. */
static size_t room_of(const rc_command *command, const char *data, size_t length, bool hide)
{
    bool key = command->slot != RC_NO_SLOT && rc_key_slot(data, length) == command->slot;
    if (!hide || key) {
        return SHOWN;
    }
    return length / 2 < SHOWN_OF_VALUE ? length / 2 : SHOWN_OF_VALUE;
}

static PyObject *word_text(const char *data, size_t length, size_t room)
{
    size_t shown = length > room ? room : length;
    PyObject *word = PyUnicode_DecodeUTF8(data, (Py_ssize_t)shown, "backslashreplace");
    if (word != NULL && shown < length) {
        Py_SETREF(word, PyUnicode_FromFormat("%U...", word));
    }
    return word;
}

static PyObject *words_of(const rc_batch *batch, size_t index, bool hide)
{
    PyObject *words = PyList_New(0);
    const char *cursor = NULL;
    const char *data;
    size_t length;
    while (words != NULL && PyList_GET_SIZE(words) <= WORDS &&
           rc_batch_next_argument(batch, index, &cursor, &data, &length)) {
        bool name = PyList_GET_SIZE(words) == 0;
        size_t room = name ? SHOWN : room_of(&batch->commands[index], data, length, hide);
        PyObject *word = word_text(data, length, room);
        if (word == NULL || PyList_Append(words, word) != 0) {
            Py_CLEAR(words);
        }
        Py_XDECREF(word);
    }
    return words;
}

PyObject *command_text(const rc_batch *batch, size_t index, bool hide)
{
    PyObject *words = words_of(batch, index, hide);
    PyObject *space = words == NULL ? NULL : PyUnicode_FromString(" ");
    PyObject *text = space == NULL ? NULL : PyUnicode_Join(space, words);
    Py_XDECREF(space);
    Py_XDECREF(words);
    return text;
}
