/*
 * reader_internal: what the reader's files share.
 */
#ifndef RC_READER_INTERNAL_H
#define RC_READER_INTERNAL_H

#include "core/resp/reader.h"

/* What reading one thing has led to. */
typedef enum rc_step {
    RC_STEP_REPLY, /* a reply is whole, or several: see reader->ready */
    RC_STEP_ON,
    RC_STEP_MORE, /* all bytes are used up */
    RC_STEP_BROKEN
} rc_step;

typedef enum rc_limit { RC_LIMIT_DEPTH, RC_LIMIT_BYTES, RC_LIMIT_ITEMS } rc_limit;

/* rc_reader_take moves on behind so many bytes, and returns where they are. */
static inline const char *rc_reader_take(rc_reader *reader, size_t length)
{
    const char *data = reader->pending;
    reader->pending += length;
    reader->pending_length -= length;
    return data;
}

/* rc_reader_fail ends the reading, for good; see rc_reader_problem. */
static inline rc_step rc_reader_fail(rc_reader *reader, const char *fault)
{
    reader->fault = fault;
    return RC_STEP_BROKEN;
}

/* What is wrong with a size that is a number. */
#define RC_SIZE_BELOW "a length below -1"

/*
 * rc_reader_drop begins to throw the reply away. `elements` and `bytes` are what the header that
 * was over the limit has announced, and what is still to come.
 */
rc_step rc_reader_drop(rc_reader *reader, rc_limit over, uint64_t elements, size_t bytes);

/* rc_reader_drop_bulk throws away what has come of a bulk string. */
rc_step rc_reader_drop_bulk(rc_reader *reader);

/* rc_reader_drop_line throws an element away, or the header of one, which has said its size. */
rc_step rc_reader_drop_line(rc_reader *reader, char type, size_t length, int64_t size);

#endif
