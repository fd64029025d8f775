/*
 * unlisted: what has to be known of commands that the table does not have.
 *
 * execute_command takes any command. Its slot decides where it goes and which others it may not
 * overtake, so the first key's place matters even where a redirect would repair the way; and some
 * commands must not run on a connection that others use afterwards. Both functions read the command
 * as it stands in the batch, whatever types its arguments had. No GIL needed.
 */
#ifndef RC_PYTHON_UNLISTED_H
#define RC_PYTHON_UNLISTED_H

#include <stdbool.h>

#include "core/batch.h"

/* unlisted_takes_over: it changes what its connection is, for whoever gets that next. */
bool unlisted_takes_over(const rc_batch *batch, size_t index);

/*
 * unlisted_slot finds the slot of the command's first key; RC_NO_SLOT if the command itself says
 * that it has none (EVAL with 0 keys). False: the key is missing.
 */
bool unlisted_slot(const rc_batch *batch, size_t index, uint16_t *slot);

#endif
