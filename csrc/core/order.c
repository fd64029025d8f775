/*
 * order: which commands must not go out again, as a later one on their slot has passed them.
 *
 * TRYAGAIN and the like end at a moment of the node's choosing, so a later command may have run. A
 * MOVED speaks of a slot and an ASK of a key; a later command on it is refused as well, unless the
 * slot has come back meanwhile. Reads that may go to replicas, or are meant for some other node,
 * have no place in the order.
 */
#include "run.h"

enum { BUDGET = 1000 * 1000 };

typedef struct marks {
    uint8_t passed[RC_SLOTS / 8];  /* slots with a later command that has, or may have, run ... */
    uint8_t written[RC_SLOTS / 8]; /* ... that is a write */
    uint8_t asked[RC_SLOTS / 8];   /* slots of which some key is elsewhere */
    uint8_t keys[8192];            /* of those: hashes of keys that later commands have used */
    size_t budget;                 /* comparisons of commands by their keys */
} marks;

/* ---- refusals ---- */

rc_redirect rc_run_redirect(const rc_run *run, const rc_command *command)
{
    const rc_tape *tape = rc_batch_reply(run->batch, command);
    const rc_item *item = rc_tape_item(tape, command->reply);
    if (item->type != RC_ITEM_ERROR) {
        return (rc_redirect){.refusal = RC_REFUSAL_NONE};
    }
    rc_redirect redirect = rc_redirect_parse(rc_tape_text(tape, item), item->size);
    bool elsewhere = redirect.refusal == RC_REFUSAL_MOVED || redirect.refusal == RC_REFUSAL_ASK ||
                     redirect.refusal == RC_REFUSAL_READONLY;
    if (elsewhere && (command->flags & RC_COMMAND_PINNED)) {
        redirect.refusal = RC_REFUSAL_NONE; /* who asked that very node gets its very words */
    }
    return redirect;
}

/* has_place: whether there is an order between it and others at all. */
static bool has_place(const rc_run *run, const rc_command *command)
{
    const uint8_t elsewhere = RC_COMMAND_READ | RC_COMMAND_PINNED;
    return command->slot != RC_NO_SLOT && !rc_run_may_read_replica(run, command) &&
           (command->flags & elsewhere) != elsewhere;
}

static void mark_refused(rc_run *run, marks *found)
{
    for (size_t i = 0; i < run->open_count; i++) {
        rc_command *command = &run->batch->commands[run->open[i]];
        bool proved = command->state == RC_REFUSED;
        if (!proved && command->state != RC_REPLIED) {
            continue;
        }
        rc_refusal refusal = rc_run_redirect(run, command).refusal;
        if (!proved &&
            (refusal == RC_REFUSAL_NONE || rc_run_needs_proof(run, run->open[i], refusal))) {
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

static uint32_t hash_of(const keys *key)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < key->length; i++) {
        hash = (hash ^ (uint8_t)key->data[i]) * 16777619u;
    }
    return (hash ^ hash >> 16) & 0xffff;
}

static void set_keys(const rc_run *run, size_t index, marks *found)
{
    keys key = {.batch = run->batch, .index = index};
    while (next_key(&key)) {
        rc_set_bit(found->keys, hash_of(&key));
    }
}

static bool keys_are_set(const rc_run *run, size_t index, const marks *found)
{
    keys key = {.batch = run->batch, .index = index};
    while (next_key(&key)) {
        if (rc_bit_is_set(found->keys, hash_of(&key))) {
            return true;
        }
    }
    return false;
}

static bool share_key(const rc_run *run, size_t one, size_t other)
{
    keys key = {.batch = run->batch, .index = one};
    while (next_key(&key)) {
        keys candidate = {.batch = run->batch, .index = other};
        while (next_key(&candidate)) {
            if (key.length == candidate.length &&
                memcmp(key.data, candidate.data, key.length) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* ---- order ---- */

/* counts: it has run for all we know, and left something behind: a reply, or an effect. */
static bool counts(const rc_run *run, const rc_command *command)
{
    bool read = (command->flags & RC_COMMAND_READ) != 0;
    bool ran = command->state == RC_REPLIED || (command->state == RC_UNKNOWN && !read);
    return ran && has_place(run, command);
}

/*
 * key_was_used: the exact answer, for the few that the hashes point out. It is yes without a look
 * once a huge pipeline has used up the budget: careful rather than slow.
 */
static bool key_was_used(const rc_run *run, size_t place, bool by_writes, marks *found)
{
    const rc_command *asked = &run->batch->commands[run->open[place]];
    for (size_t i = place + 1; i < run->open_count; i++) {
        const rc_command *later = &run->batch->commands[run->open[i]];
        bool relevant = later->slot == asked->slot && counts(run, later) &&
                        !(by_writes && (later->flags & RC_COMMAND_READ));
        if (relevant && (found->budget == 0 || share_key(run, run->open[place], run->open[i]))) {
            return true;
        }
        found->budget -= relevant;
    }
    return false;
}

/* was_overtaken: a write, by any later command on its slot; a read, by a later write. */
static bool was_overtaken(const rc_run *run, size_t place, marks *found)
{
    const rc_command *command = &run->batch->commands[run->open[place]];
    bool read = (command->flags & RC_COMMAND_READ) != 0;
    bool open = command->state == RC_REFUSED || (command->state == RC_UNKNOWN && read);
    if (!open || !has_place(run, command) ||
        !rc_bit_is_set(read ? found->written : found->passed, command->slot)) {
        return false;
    }
    if (command->state == RC_REFUSED && rc_run_redirect(run, command).refusal == RC_REFUSAL_ASK) {
        return keys_are_set(run, run->open[place], found) && key_was_used(run, place, read, found);
    }
    return true;
}

static void mark_run(const rc_run *run, size_t index, marks *found)
{
    const rc_command *command = &run->batch->commands[index];
    if (!counts(run, command)) {
        return;
    }
    rc_set_bit(found->passed, command->slot);
    if (!(command->flags & RC_COMMAND_READ)) {
        rc_set_bit(found->written, command->slot);
    }
    if (rc_bit_is_set(found->asked, command->slot)) {
        set_keys(run, index, found);
    }
}

void rc_run_mark_order(rc_run *run)
{
    marks found = {.budget = BUDGET};
    mark_refused(run, &found);
    for (size_t i = run->open_count; i-- > 0;) {
        if (was_overtaken(run, i, &found)) {
            run->batch->commands[run->open[i]].flags |= RC_COMMAND_OVERTAKEN;
        }
        mark_run(run, run->open[i], &found);
    }
}
