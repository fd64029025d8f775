#include "python/base/command_text.h"

#include <string.h>
#include <strings.h>

enum { SHOWN = 64, WORDS = 16 };

/*
 * is_key: an argument that hashes to the command's slot is taken for its key. Only the first is: a
 * value may hash to the same slot, and values stay hidden.
 */
static bool is_key(const rc_command *command, const char *data, size_t length)
{
    return command->slot != RC_NO_SLOT && rc_key_slot(data, length) == command->slot;
}

static PyObject *word_text(const char *data, size_t length, size_t room)
{
    size_t shown = length > room ? room : length;
    PyObject *word = PyUnicode_DecodeUTF8(data, (Py_ssize_t)shown, "backslashreplace");
    if (word != NULL && (shown < length || room == 0)) {
        Py_SETREF(word, PyUnicode_FromFormat("%U...", word));
    }
    return word;
}

static PyObject *words_of(const rc_batch *batch, size_t index, bool hide)
{
    PyObject *words = PyList_New(0);
    bool keyed = false;
    const char *cursor = NULL;
    const char *data;
    size_t length;
    while (words != NULL && PyList_GET_SIZE(words) <= WORDS &&
           rc_batch_next_argument(batch, index, &cursor, &data, &length)) {
        bool name = PyList_GET_SIZE(words) == 0;
        bool key = !name && !keyed && is_key(&batch->commands[index], data, length);
        PyObject *word = word_text(data, length, !hide || name || key ? SHOWN : 0);
        if (word == NULL || PyList_Append(words, word) != 0) {
            Py_CLEAR(words);
        }
        Py_XDECREF(word);
        keyed |= key;
    }
    return words;
}

/* may_hold_secrets: whether the command is one of those that take passwords. */
static bool may_hold_secrets(const rc_batch *batch, size_t index)
{
    static const char *const names[] = {"ACL", "AUTH", "CONFIG", "HELLO", "MIGRATE"};
    const char *cursor = NULL;
    const char *data;
    size_t length;
    if (!rc_batch_next_argument(batch, index, &cursor, &data, &length)) {
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (length == strlen(names[i]) && strncasecmp(data, names[i], length) == 0) {
            return true;
        }
    }
    return false;
}

PyObject *command_text(const rc_batch *batch, size_t index, bool hide)
{
    hide = hide || may_hold_secrets(batch, index);
    PyObject *words = words_of(batch, index, hide);
    PyObject *space = words == NULL ? NULL : PyUnicode_FromString(" ");
    PyObject *text = space == NULL ? NULL : PyUnicode_Join(space, words);
    Py_XDECREF(space);
    Py_XDECREF(words);
    return text;
}
