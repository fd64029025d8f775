/*
 * argv: a command as it stands in a batch, read word by word.
 *
 * Of a command that comes from execute_command only its words are known; its slot decides where it
 * goes and which others it may not overtake, whatever types the arguments had. No GIL needed.
 */
#ifndef RC_PYTHON_ARGV_H
#define RC_PYTHON_ARGV_H

#include "core/execution/batch.h"

#include <stdbool.h>

/* Where a command's first key stands, among its words; 0 is the name's first. */
typedef struct KeyPlace {
    int key;          /* 0: it has none, -1: behind `word` */
    int count;        /* where the number of keys stands; 0: nowhere */
    const char *word; /* in capitals; the key stands behind it */
    int from;         /* where a search for `word` begins */
    int step;         /* from one of the counted keys to the next: 2 where a value stands between */
} KeyPlace;

/* Where a command says how long it blocks on the server. */
typedef struct WaitPlace {
    int at;           /* among its words; -1: the last one, 0: behind `word` */
    const char *word; /* in capitals */
    int from;         /* where a search for `word` begins */
    const char *stop; /* the word at which the search ends, or NULL */
    int unit;         /* of the number, in milliseconds; 0: the command does not block */
} WaitPlace;

/*
 * argv_wait is how many milliseconds the command blocks: RC_NEVER for a wait of 0, which is without
 * end, or for one longer than a lifetime; 0 if it does not block, or if its number is not valid,
 * which a server answers with an error.
 */
rc_msec argv_wait(const rc_batch *batch, size_t index, const WaitPlace *place);

/*
 * argv_slot finds the slot of the command's first key; RC_NO_SLOT if the command has none, or says
 * so (EVAL with 0 keys). False: the key is missing.
 */
bool argv_slot(const rc_batch *batch, size_t index, const KeyPlace *place, uint16_t *slot);

/*
 * argv_other_slot is the slot of the command's first key that is not in the slot of the key before
 * it; RC_NO_SLOT: its keys share a slot. As far as the place says which words are keys: where it
 * has a count, or a keyword (behind which keys come first, then as many values).
 */
uint16_t argv_other_slot(const rc_batch *batch, size_t index, const KeyPlace *place);

#endif
