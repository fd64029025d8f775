/*
 * fuzz_reader: any bytes, in any slices, make the same reply tree as in one piece.
 *
 * The input's first bytes choose the slices, whether long strings are received in place, and
 * whether replies have narrow limits; the others are what a server sends. Neither way may crash,
 * leak or disagree about a reply.
 */
#include "core/resp/reader.h"

#include <stdlib.h>

enum { SETTINGS = 4 };

typedef struct hearing {
    rc_reader reader;
    rc_reply_tree tree;
    size_t replies;
    size_t end; /* of the last whole reply, on the reply tree */
    bool broken;
} hearing;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void begin(hearing *self, bool narrow)
{
    static const rc_reply_limits limits = {.bytes = 40, .items = 10};
    *self = (hearing){0};
    demand(rc_reader_open(&self->reader) == RC_OK);
    rc_reader_record(&self->reader, &self->tree);
    if (narrow) {
        rc_reader_limit(&self->reader, &limits);
    }
}

static void end(hearing *self)
{
    rc_reader_free(&self->reader);
    rc_reply_tree_free(&self->tree);
}

/* take_replies demands that replies lie one behind the other, and that a walk finds their ends. */
static void take_replies(hearing *self)
{
    size_t start;
    rc_reading reading;
    while ((reading = rc_reader_next(&self->reader, &start)) == RC_READING_REPLY) {
        demand(start == self->end);
        self->end = rc_reply_tree_next(&self->tree, start);
        demand(self->end <= self->tree.count);
        self->replies++;
    }
    self->broken = reading == RC_READING_BROKEN;
    if (self->broken) {
        rc_error error;
        rc_reader_problem(&self->reader, &error);
        demand(error.status == RC_PROTOCOL || error.status == RC_CLOSED);
        demand(error.message[0] != '\0');
    }
}

/* deliver gives a copy of just these bytes, so that reading behind them is found. */
static void deliver(hearing *self, const uint8_t *bytes, size_t length)
{
    char *copy = malloc(length + (length == 0));
    demand(copy != NULL);
    memcpy(copy, bytes, length);
    rc_reader_give(&self->reader, copy, length);
    take_replies(self);
    free(copy);
}

static size_t deliver_in_place(hearing *self, const uint8_t *bytes, size_t length)
{
    size_t room = 0;
    char *place = rc_reader_place(&self->reader, &room);
    if (place == NULL || room == 0) {
        return 0;
    }
    length = room < length ? room : length;
    memcpy(place, bytes, length);
    rc_reader_received(&self->reader, length);
    take_replies(self);
    return length;
}

static void hear_slices(hearing *self, const uint8_t *settings, const uint8_t *bytes, size_t size)
{
    size_t turn = 0;
    for (size_t at = 0; at < size && !self->broken; turn++) {
        size_t slice = 1 + (size_t)settings[1 + turn % (SETTINGS - 1)];
        slice = slice < size - at ? slice : size - at;
        size_t taken = settings[0] % 2 == 0 ? deliver_in_place(self, bytes + at, slice) : 0;
        if (taken == 0) {
            deliver(self, bytes + at, slice);
            taken = slice;
        }
        at += taken;
    }
}

static void same_item(const hearing *one, const hearing *other, size_t position)
{
    const rc_item *item = rc_reply_tree_item(&one->tree, position);
    const rc_item *twin = rc_reply_tree_item(&other->tree, position);
    demand(item->type == twin->type);
    switch (item->type) {
    case RC_ITEM_INTEGER:
        demand(item->integer == twin->integer);
        break;
    case RC_ITEM_ARRAY:
        demand(item->size == twin->size);
        break;
    case RC_ITEM_NIL:
        break;
    default:
        demand(item->size == twin->size);
        /* with the NUL behind it */
        demand(rc_reply_tree_text(&one->tree, item)[item->size] == '\0');
        demand(memcmp(rc_reply_tree_text(&one->tree, item), rc_reply_tree_text(&other->tree, twin),
                      (size_t)item->size + 1) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < SETTINGS) {
        return 0;
    }
    const uint8_t *bytes = data + SETTINGS;
    hearing whole;
    hearing sliced;
    begin(&whole, data[0] & 2);
    begin(&sliced, data[0] & 2);
    deliver(&whole, bytes, size - SETTINGS);
    hear_slices(&sliced, data, bytes, size - SETTINGS);
    demand(whole.replies == sliced.replies && whole.end == sliced.end);
    demand(whole.broken == sliced.broken);
    demand(whole.broken || rc_reader_idle(&whole.reader) == rc_reader_idle(&sliced.reader));
    for (size_t i = 0; i < whole.end; i++) {
        same_item(&whole, &sliced, i);
    }
    end(&whole);
    end(&sliced);
    return 0;
}
