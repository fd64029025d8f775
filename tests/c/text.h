/*
 * words: requests, replies and outcomes as short texts, so that a test reads like a dialogue.
 *
 * Texts given back stay good for the next dozen calls.
 */
#ifndef WORDS_H
#define WORDS_H

#include "core/execution/batch.h"

/* words_format is printf into a text that need not be freed. */
const char *words_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* words_queue adds the command of these words; its slot is that of the second word's key. */
size_t words_queue(rc_batch *batch, const char *words, uint8_t flags);

/*
 * words_reply writes an element of a reply tree: "+OK", "-ERR x", ":1", "$text", "nil", "[:1 $x]".
 * words_outcome writes what became of a command: its reply; "REFUSED" and the refusal; or its state
 * and the status of its error, as in "UNKNOWN CLOSED".
 */
const char *words_reply(const rc_reply_tree *tree, size_t position);
const char *words_outcome(const rc_batch *batch, size_t index);

#endif
