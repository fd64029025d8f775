#include "core/resp/reply_tree.h"

enum { TAPE_KEEP_ITEMS = 4096, TAPE_KEEP_TEXT = 1024 * 1024 };

void rc_tape_free(rc_tape *tape)
{
    rc_free(tape->items);
    rc_buffer_free(&tape->text);
    *tape = (rc_tape){0};
}

void rc_tape_clear(rc_tape *tape)
{
    if (tape->capacity > TAPE_KEEP_ITEMS) {
        rc_free(tape->items);
        tape->items = NULL;
        tape->capacity = 0;
    }
    tape->count = 0;
    tape->failed = false;
    rc_buffer_clear(&tape->text, TAPE_KEEP_TEXT);
}

rc_status rc_tape_grow(rc_tape *tape)
{
    rc_item *grown = rc_grow(tape->items, &tape->capacity, tape->count + 1, sizeof *grown);
    if (grown == NULL) {
        tape->failed = true;
        return RC_NOMEM;
    }
    tape->items = grown;
    return RC_OK;
}

void rc_tape_cut(rc_tape *tape, size_t count, size_t length)
{
    tape->count = count;
    tape->text.length = length;
}

size_t rc_tape_next(const rc_tape *tape, size_t position)
{
    size_t elements = 1;
    while (elements > 0) {
        const rc_item *item = &tape->items[position++];
        elements--;
        if (item->type == RC_ITEM_ARRAY) {
            elements += item->size;
        }
    }
    return position;
}

bool rc_tape_is_text(const rc_tape *tape, const rc_item *item, const char *text)
{
    bool has_text = item->type == RC_ITEM_STATUS || item->type == RC_ITEM_STRING;
    return has_text && item->size == strlen(text) &&
           memcmp(rc_tape_text(tape, item), text, item->size) == 0;
}

/* ---- copies ---- */

static void copy_item(rc_tape *target, const rc_tape *source, const rc_item *item)
{
    bool has_text =
        item->type == RC_ITEM_STRING || item->type == RC_ITEM_STATUS || rc_tape_is_failure(item);
    if (has_text) {
        rc_tape_add_text(target, item->type, rc_tape_text(source, item), item->size);
        return;
    }
    rc_item *copy = rc_tape_add(target, item->type);
    if (copy != NULL) {
        *copy = *item;
    }
}

rc_status rc_tape_copy(rc_tape *target, const rc_tape *source, size_t position)
{
    size_t count = target->count;
    size_t length = target->text.length;
    for (size_t end = rc_tape_next(source, position); position < end; position++) {
        copy_item(target, source, rc_tape_item(source, position));
        if (target->failed) {
            target->failed = false;
            rc_tape_cut(target, count, length);
            return RC_NOMEM;
        }
    }
    return RC_OK;
}
