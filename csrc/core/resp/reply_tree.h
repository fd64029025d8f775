/*
 * reply_tree: replies, recorded as they are read into one flat array.
 *
 * There is an item per element instead of a tree. An array's elements stand right behind it, depth
 * first, so a reply is a run of items and a walk over it is a walk over memory. Texts lie in one
 * buffer, NUL-terminated. A reply tree belongs to one exchange at a time and outlives the
 * connection that filled it.
 */
#ifndef RC_REPLY_TREE_H
#define RC_REPLY_TREE_H

#include "core/base/buffer.h"

typedef enum rc_item_type {
    RC_ITEM_STRING,
    RC_ITEM_STATUS,
    RC_ITEM_ERROR,
    RC_ITEM_INTEGER,
    RC_ITEM_NIL,
    RC_ITEM_ARRAY,
    RC_ITEM_DROPPED /* a whole reply that was over a limit: the text says over which */
} rc_item_type;

typedef struct rc_item {
    rc_item_type type;
    uint32_t size; /* bytes of a text, elements of an array */
    union {
        int64_t integer;
        size_t offset; /* of a text in the reply tree's buffer */
    };
} rc_item;

typedef struct rc_reply_tree {
    rc_item *items;
    size_t count;
    size_t capacity;
    rc_buffer text;
    uint16_t source; /* the number of the node whose replies these are; set by the one that records
                        them */
    uint16_t age;    /* the age of that node's number */
    uint16_t stream; /* the node's stream in its round */
    bool failed;     /* memory ran out: what was recorded last is not whole */
} rc_reply_tree;

/* rc_reply_tree_free frees items and texts, and leaves an empty tree. */
void rc_reply_tree_free(rc_reply_tree *tree);

/* rc_reply_tree_grow makes room for another item; RC_NOMEM, and the reply tree has failed. */
rc_status rc_reply_tree_grow(rc_reply_tree *tree);

/* rc_reply_tree_clear forgets all replies and keeps a little memory for the next ones. */
void rc_reply_tree_clear(rc_reply_tree *tree);

/* rc_reply_tree_item is the item at a position; it moves when the tree grows. */
static inline const rc_item *rc_reply_tree_item(const rc_reply_tree *tree, size_t position)
{
    return &tree->items[position];
}

/* rc_reply_tree_is_failure: the command that the item answers has no result, but an error. */
static inline bool rc_reply_tree_is_failure(const rc_item *item)
{
    return item->type == RC_ITEM_ERROR || item->type == RC_ITEM_DROPPED;
}

/* rc_reply_tree_text is the text of an item that has one; a NUL stands behind its last byte. */
static inline const char *rc_reply_tree_text(const rc_reply_tree *tree, const rc_item *item)
{
    return tree->text.data + item->offset;
}

/* rc_reply_tree_next is the position behind the element at `position`, its own elements included.
 */
size_t rc_reply_tree_next(const rc_reply_tree *tree, size_t position);

/*
 * rc_reply_tree_copy appends the element at `position` of another reply tree; RC_NOMEM leaves the
 * target as it was.
 */
rc_status rc_reply_tree_copy(rc_reply_tree *target, const rc_reply_tree *source, size_t position);

/* rc_reply_tree_is_text: whether the item is that status or string. */
bool rc_reply_tree_is_text(const rc_reply_tree *tree, const rc_item *item, const char *text);

/* ---- writing: for who reads replies ---- */

/* rc_reply_tree_add appends an item; NULL without memory, and the reply tree has failed. */
static inline rc_item *rc_reply_tree_add(rc_reply_tree *tree, rc_item_type type)
{
    if (tree->count == tree->capacity && rc_reply_tree_grow(tree) != RC_OK) {
        return NULL;
    }
    rc_item *item = &tree->items[tree->count++];
    item->type = type;
    return item;
}

/* rc_reply_tree_add_text appends a copy of a text; without memory the reply tree has failed. */
static inline void rc_reply_tree_add_text(rc_reply_tree *tree, rc_item_type type, const char *data,
                                          size_t length)
{
    char *place = rc_buffer_reserve(&tree->text, length + 1);
    rc_item *item = place == NULL ? NULL : rc_reply_tree_add(tree, type);
    if (item == NULL) {
        tree->failed = true;
        return;
    }
    memcpy(place, data, length);
    place[length] = '\0';
    item->size = (uint32_t)length;
    item->offset = tree->text.length;
    tree->text.length += length + 1;
}

/* rc_reply_tree_cut forgets what was recorded behind so many items and bytes of text. */
void rc_reply_tree_cut(rc_reply_tree *tree, size_t count, size_t length);

#endif
