/*
 * text: requests, replies and outcomes as short texts, so that a test reads like a dialogue.
 *
 * Texts given back stay good for the next dozen calls.
 */
#ifndef TEXT_H
#define TEXT_H

#include "core/execution/batch.h"

/* text_format is printf into a text that need not be freed. */
const char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* text_queue adds a command, "SET b 1", to the batch. Its slot is that of the second argument. */
size_t text_queue(rc_batch *batch, const char *text, uint8_t flags);

/* text_reply writes an element of a reply tree: "+OK", "-ERR x", ":1", "$text", "nil", "[:1 $x]".
 */
const char *text_reply(const rc_reply_tree *tree, size_t position);

/*
 * text_outcome writes what became of a command: its reply; "REFUSED" and the refusal; or its state
 * and the status of its error, as in "UNKNOWN CLOSED".
 */
const char *text_outcome(const rc_batch *batch, size_t index);

#endif
