#include "core/resp/reply_tree.h"

enum { TREE_KEEP_ITEMS = 4096, TREE_KEEP_TEXT = 1024 * 1024 };

void rc_reply_tree_free(rc_reply_tree *tree)
{
    rc_free(tree->items);
    rc_buffer_free(&tree->text);
    *tree = (rc_reply_tree){0};
}

void rc_reply_tree_clear(rc_reply_tree *tree)
{
    if (tree->capacity > TREE_KEEP_ITEMS) {
        rc_free(tree->items);
        tree->items = NULL;
        tree->capacity = 0;
    }
    tree->count = 0;
    tree->failed = false;
    rc_buffer_clear(&tree->text, TREE_KEEP_TEXT);
}

rc_status rc_reply_tree_grow(rc_reply_tree *tree)
{
    rc_item *grown = rc_grow(tree->items, &tree->capacity, tree->count + 1, sizeof *grown);
    if (grown == NULL) {
        tree->failed = true;
        return RC_NOMEM;
    }
    tree->items = grown;
    return RC_OK;
}

void rc_reply_tree_cut(rc_reply_tree *tree, size_t count, size_t length)
{
    tree->count = count;
    tree->text.length = length;
}

size_t rc_reply_tree_next(const rc_reply_tree *tree, size_t position)
{
    size_t elements = 1;
    while (elements > 0) {
        const rc_item *item = &tree->items[position++];
        elements--;
        if (item->type == RC_ITEM_ARRAY) {
            elements += item->size;
        }
    }
    return position;
}

bool rc_reply_tree_is_text(const rc_reply_tree *tree, const rc_item *item, const char *text)
{
    bool has_text = item->type == RC_ITEM_STATUS || item->type == RC_ITEM_STRING;
    return has_text && item->size == strlen(text) &&
           memcmp(rc_reply_tree_text(tree, item), text, item->size) == 0;
}

/* ---- copies ---- */

static void copy_item(rc_reply_tree *target, const rc_reply_tree *source, const rc_item *item)
{
    bool has_text = item->type == RC_ITEM_STRING || item->type == RC_ITEM_STATUS ||
                    rc_reply_tree_is_failure(item);
    if (has_text) {
        rc_reply_tree_add_text(target, item->type, rc_reply_tree_text(source, item), item->size);
        return;
    }
    rc_item *copy = rc_reply_tree_add(target, item->type);
    if (copy != NULL) {
        *copy = *item;
    }
}

rc_status rc_reply_tree_copy(rc_reply_tree *target, const rc_reply_tree *source, size_t position)
{
    size_t count = target->count;
    size_t length = target->text.length;
    for (size_t end = rc_reply_tree_next(source, position); position < end; position++) {
        copy_item(target, source, rc_reply_tree_item(source, position));
        if (target->failed) {
            target->failed = false;
            rc_reply_tree_cut(target, count, length);
            return RC_NOMEM;
        }
    }
    return RC_OK;
}
