/*
 * ordering: which commands must not go out again, as a later one on their slot has passed them.
 *
 * TRYAGAIN and the like end at a moment of the node's choosing, so a later command may have run. A
 * MOVED speaks of a slot and an ASK of a key; a later command on it is refused as well, unless the
 * slot has come back meanwhile. Reads that may go to replicas, or are meant for some other node,
 * have no place in the order.
 */
#include "core/execution/execution.h"

#include "core/base/hash.h"

/* A key of a slot of which some key is elsewhere. */
typedef struct used_key {
    const char *data; /* in the batch; NULL: the place is free */
    uint32_t length;
    bool written;
} used_key;

typedef struct used_keys {
    used_key *places;
    size_t size; /* a power of two, or 0 */
    size_t count;
    rc_hash_key hash;
    bool incomplete; /* for want of memory: any key may have been used */
} used_keys;

typedef struct marks {
    uint8_t passed[RC_SLOTS / 8];  /* slots with a later command that has, or may have, run */
    uint8_t written[RC_SLOTS / 8]; /* slots with such a write */
    uint8_t asked[RC_SLOTS / 8];   /* slots of which some key is elsewhere */
    used_keys used;                /* of those: what later commands have used */
} marks;

/* ---- refusals ---- */

rc_redirect rc_execution_redirect(const rc_execution *execution, const rc_command *command)
{
    const rc_reply_tree *tree = rc_batch_reply(execution->batch, command);
    const rc_item *item = rc_reply_tree_item(tree, command->reply);
    if (item->type != RC_ITEM_ERROR) {
        return (rc_redirect){.refusal = RC_REFUSAL_NONE};
    }
    rc_redirect redirect = rc_redirect_parse(rc_reply_tree_text(tree, item), item->size);
    bool elsewhere = redirect.refusal == RC_REFUSAL_MOVED || redirect.refusal == RC_REFUSAL_ASK ||
                     redirect.refusal == RC_REFUSAL_READONLY;
    if (elsewhere && (command->flags & RC_COMMAND_PINNED)) {
        redirect.refusal = RC_REFUSAL_NONE; /* who asked that very node gets its very words */
    }
    if (redirect.slot >= 0 && redirect.slot != command->slot) {
        redirect.refusal = RC_REFUSAL_NONE; /* it speaks of another command's keys */
    }
    return redirect;
}

/* has_place: whether there is an order between it and others at all. */
static bool has_place(const rc_execution *execution, const rc_command *command)
{
    const uint8_t elsewhere = RC_COMMAND_READ | RC_COMMAND_PINNED;
    return command->slot != RC_NO_SLOT && !rc_execution_may_read_replica(execution, command) &&
           (command->flags & elsewhere) != elsewhere;
}

static void mark_refused(rc_execution *execution, marks *found)
{
    for (size_t i = 0; i < execution->open_count && rc_execution_goes_on(execution, i); i++) {
        rc_command *command = &execution->batch->commands[execution->open[i]];
        bool proved = command->state == RC_REFUSED;
        if (!proved && command->state != RC_REPLIED) {
            continue;
        }
        rc_refusal refusal = rc_execution_redirect(execution, command).refusal;
        if (!proved && (refusal == RC_REFUSAL_NONE ||
                        rc_execution_must_check(execution, execution->open[i], refusal))) {
            continue;
        }
        command->state = RC_REFUSED;
        if (refusal == RC_REFUSAL_ASK && command->slot != RC_NO_SLOT) {
            rc_set_bit(found->asked, command->slot);
        }
    }
}

/* ---- keys ---- */

/*
 * A batch remembers slots, not keys. But all keys of a command are in its slot, and hardly anything
 * else among its arguments is, so what hashes to the slot is taken for a key.
 */
typedef struct keys {
    const rc_batch *batch;
    size_t index;
    const char *cursor;
    const char *data;
    size_t length;
} keys;

static bool next_key(keys *self)
{
    const rc_batch *batch = self->batch;
    bool name = self->cursor == NULL;
    while (rc_batch_next_argument(batch, self->index, &self->cursor, &self->data, &self->length)) {
        if (!name && rc_key_slot(self->data, self->length) == batch->commands[self->index].slot) {
            return true;
        }
        name = false;
    }
    return false;
}

static used_key *place_of(const used_keys *used, const char *data, size_t length)
{
    size_t place = rc_hash(&used->hash, data, length) & (used->size - 1);
    used_key *found = &used->places[place];
    while (found->data != NULL &&
           (found->length != length || memcmp(found->data, data, length) != 0)) {
        place = (place + 1) & (used->size - 1);
        found = &used->places[place];
    }
    return found;
}

/* make_room keeps a third of the places free. */
static bool make_room(used_keys *used)
{
    if (used->count < used->size / 3 * 2) {
        return true;
    }
    used_keys grown = {.size = used->size == 0 ? 64 : 2 * used->size,
                       .count = used->count,
                       .hash = used->size == 0 ? rc_hash_key_new() : used->hash};
    grown.places = rc_alloc_zeroed(grown.size * sizeof *grown.places);
    if (grown.places == NULL) {
        used->incomplete = true;
        return false;
    }
    for (size_t i = 0; i < used->size; i++) {
        const used_key *key = &used->places[i];
        if (key->data != NULL) {
            *place_of(&grown, key->data, key->length) = *key;
        }
    }
    rc_free(used->places);
    *used = grown;
    return true;
}

static void add_keys(const rc_execution *execution, size_t index, used_keys *used)
{
    bool writes = (execution->batch->commands[index].flags & RC_COMMAND_READ) == 0;
    keys key = {.batch = execution->batch, .index = index};
    while (next_key(&key) && make_room(used)) {
        used_key *place = place_of(used, key.data, key.length);
        used->count += place->data == NULL;
        *place = (used_key){key.data, (uint32_t)key.length, place->written || writes};
    }
}

/* any_key_used: by a later command, or by a later write. */
static bool any_key_used(const rc_execution *execution, size_t index, bool by_writes,
                         const used_keys *used)
{
    if (used->incomplete || used->size == 0) {
        return used->incomplete;
    }
    keys key = {.batch = execution->batch, .index = index};
    while (next_key(&key)) {
        const used_key *place = place_of(used, key.data, key.length);
        if (place->data != NULL && (place->written || !by_writes)) {
            return true;
        }
    }
    return false;
}

/* ---- order ---- */

/* counts: it has run for all we know, and left something behind: a reply, or an effect. */
static bool counts(const rc_execution *execution, const rc_command *command)
{
    bool read = (command->flags & RC_COMMAND_READ) != 0;
    bool ran = command->state == RC_REPLIED || (command->state == RC_UNKNOWN && !read);
    return ran && has_place(execution, command);
}

/* was_overtaken: a write, by any later command on its slot; a read, by a later write. */
static bool was_overtaken(const rc_execution *execution, size_t place, const marks *found)
{
    const rc_command *command = &execution->batch->commands[execution->open[place]];
    bool read = (command->flags & RC_COMMAND_READ) != 0;
    bool open = command->state == RC_REFUSED || (command->state == RC_UNKNOWN && read);
    if (!open || !has_place(execution, command) ||
        !rc_bit_is_set(read ? found->written : found->passed, command->slot)) {
        return false;
    }
    if (command->state == RC_REFUSED &&
        rc_execution_redirect(execution, command).refusal == RC_REFUSAL_ASK) {
        return any_key_used(execution, execution->open[place], read, &found->used);
    }
    return true;
}

static void mark_run(const rc_execution *execution, size_t index, marks *found)
{
    const rc_command *command = &execution->batch->commands[index];
    if (!counts(execution, command)) {
        return;
    }
    rc_set_bit(found->passed, command->slot);
    if (!(command->flags & RC_COMMAND_READ)) {
        rc_set_bit(found->written, command->slot);
    }
    if (rc_bit_is_set(found->asked, command->slot)) {
        add_keys(execution, index, &found->used);
    }
}

void rc_execution_mark_order(rc_execution *execution)
{
    marks found = {0};
    mark_refused(execution, &found);
    for (size_t i = execution->open_count; i-- > 0 && rc_execution_goes_on(execution, i);) {
        if (was_overtaken(execution, i, &found)) {
            execution->batch->commands[execution->open[i]].flags |= RC_COMMAND_OVERTAKEN;
        }
        mark_run(execution, execution->open[i], &found);
    }
    rc_free(found.used.places);
}
