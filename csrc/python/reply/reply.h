/*
 * reply: from the reply tree to Python objects.
 *
 * A ReplyFunction converts the reply that begins at a position, as its command's row says; the rare
 * and intricate ones are Python functions in rediscluster_c/_commands. All need the GIL, return a
 * new reference, or NULL with an exception.
 */
#ifndef RC_PYTHON_REPLY_H
#define RC_PYTHON_REPLY_H

#include "python/base/codec.h"
#include "python/base/state.h"

#include "core/resp/reply_tree.h"

typedef struct Reply {
    State *state;
    const Codec *codec;
    const rc_reply_tree *tree;
    size_t position;  /* moves on as elements are converted */
    size_t converted; /* so many elements of lists; each so many of them a signal is looked for */
    uint32_t options; /* bits that the row's ops have set */
    PyObject *extra;  /* borrowed; e.g. score_cast_func */
} Reply;

typedef PyObject *(*ReplyFunction)(Reply *reply);

/* reply_raw is the plain conversion: bytes or str, int, None, list; an error inside is an object.
 */
PyObject *reply_raw(Reply *reply);

/* reply_as_bytes decodes nothing, whatever the client does with texts. */
extern const Codec reply_as_bytes;

/* reply_function finds a conversion by its name in replies.def; NULL: there is none in C. */
ReplyFunction reply_function(const char *name);

/* reply_types is what it returns, as replies.def has it; NULL: there is none in C. */
const char *reply_types(const char *name);

#endif
