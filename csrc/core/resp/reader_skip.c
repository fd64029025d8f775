/*
 * reader_skip: replies that are over a limit, read to their ends or until too much is still to
 * come.
 */
#include "core/resp/reader_internal.h"

#include <stdio.h>

/* note_dropped leaves nothing of the reply but which limit it was over. */
static void note_dropped(rc_reader *reader, rc_limit over)
{
    char text[128];
    int length = 0;
    switch (over) {
    case RC_LIMIT_DEPTH:
        length = snprintf(text, sizeof text,
                          "the reply is nested deeper than the %d levels that this client reads",
                          RC_DEPTH_MAX);
        break;
    case RC_LIMIT_BYTES:
        length =
            snprintf(text, sizeof text, "the reply has more bytes than max_reply_bytes=%zu allows",
                     reader->limits.bytes);
        break;
    case RC_LIMIT_ITEMS:
        length = snprintf(text, sizeof text,
                          "the reply has more elements than max_reply_items=%zu allows",
                          reader->limits.items);
        break;
    }
    rc_reply_tree_cut(reader->tree, reader->start, reader->text_start);
    rc_reply_tree_add_text(reader->tree, RC_ITEM_DROPPED, text, (size_t)length);
}

/* go_on_dropping ends with the reply, or when too much of it is still to come. */
static rc_step go_on_dropping(rc_reader *reader)
{
    const uint64_t shortest = 3; /* bytes of an element, "+\r\n" */
    bool ended = reader->owed == 0 && !reader->in_bulk;
    bool too_far = reader->owed > RC_DROP_MAX ||
                   reader->dropped + reader->bulk_left + shortest * reader->owed > RC_DROP_MAX;
    if (!ended && !too_far) {
        return RC_STEP_ON;
    }
    reader->spent = !ended;
    reader->dropping = reader->in_bulk = false;
    reader->ready = 1;
    return RC_STEP_REPLY;
}

/* Each open array has its elements still to come, but the one that it is in the middle of. */
rc_step rc_reader_drop(rc_reader *reader, rc_limit over, uint64_t elements, size_t bytes)
{
    note_dropped(reader, over);
    reader->owed = elements;
    while (reader->depth > 0) {
        reader->owed += reader->open[--reader->depth] - 1;
    }
    reader->dropping = true;
    reader->dropped = 0;
    reader->in_bulk = bytes > 0;
    reader->bulk_left = bytes;
    return go_on_dropping(reader);
}

rc_step rc_reader_drop_bulk(rc_reader *reader)
{
    size_t length =
        reader->bulk_left < reader->pending_length ? reader->bulk_left : reader->pending_length;
    rc_reader_take(reader, length);
    reader->dropped += length;
    reader->bulk_left -= length;
    if (reader->bulk_left > 0) {
        return RC_STEP_MORE;
    }
    reader->in_bulk = false;
    return go_on_dropping(reader);
}

rc_step rc_reader_drop_line(rc_reader *reader, char type, size_t length, int64_t size)
{
    if (type != ':' && size < -1) {
        return rc_reader_fail(reader, RC_SIZE_BELOW);
    }
    reader->owed--;
    reader->dropped += length;
    if (type == '*' && size > 0) {
        reader->owed += (uint64_t)size;
    } else if (type == '$' && size >= 0) {
        reader->in_bulk = true;
        reader->bulk_left = (size_t)size + 2;
    }
    return go_on_dropping(reader);
}
