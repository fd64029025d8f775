/*
 * batch: the commands of one call, from the first byte queued to the last outcome.
 *
 * Requests lie behind one another in one buffer, as they will go on the wire; a command is a few
 * numbers about its stretch of it. One command is a batch of one. After execution each command has
 * a state and a reply on one of the batch's reply trees, or an error. A batch belongs to one thread
 * at a time and holds no reference to anything: it can be thrown away at any moment.
 */
#ifndef RC_BATCH_H
#define RC_BATCH_H

#include "core/base/clock.h"
#include "core/base/crc16.h"
#include "core/base/node_set.h"
#include "core/base/options.h"
#include "core/resp/encode.h"
#include "core/resp/reply_tree.h"

#define RC_NO_SLOT ((uint16_t)0xffff)
#define RC_NO_TREE ((uint16_t)0xffff)

/* What became of a command; the promise about retries is about the first four. */
typedef enum rc_state {
    RC_NOT_SENT,
    RC_REFUSED, /* the server said that it did not run it; its words are the reply */
    RC_REPLIED,
    RC_UNKNOWN, /* sent, and no reply came: it may have run */
    RC_HELD     /* for a round only: one before it on its slot goes elsewhere, and it waits */
} rc_state;

enum {
    RC_COMMAND_READ = 1,       /* changes nothing: it may run twice, and on a replica */
    RC_COMMAND_PRIMARY = 2,    /* reads what the primary has, whatever the batch says */
    RC_COMMAND_PINNED = 4,     /* meant for `node` and no other */
    RC_COMMAND_ASKING = 8,     /* goes to `node` this once, behind an ASKING */
    RC_COMMAND_MOVED = 16,     /* goes to `node`, as MOVED said */
    RC_COMMAND_OVERTAKEN = 32, /* refused, and a later one on its slot has run: stays refused */
    RC_COMMAND_MAYBE_RAN = 64, /* was RC_UNKNOWN before it went out again */
    RC_COMMAND_OPAQUE = 128    /* its errors may be its own words (scripts, commands that are not
                                  known here) */
};

typedef struct rc_command {
    size_t offset;   /* of its request; it ends where the next one begins */
    uint32_t tag;    /* the caller's own */
    uint32_t reply;  /* position on the reply tree; without reply tree, index of the error */
    uint16_t slot;   /* RC_NO_SLOT: any primary will do */
    uint16_t tree;   /* RC_NO_TREE: no reply */
    rc_node_id node; /* see the flags */
    uint8_t state;   /* rc_state */
    uint8_t flags;
} rc_command;

/* How long a command blocks on the server by its own argument: BLPOP key 5. Few commands do. */
typedef struct rc_block {
    size_t command;
    rc_msec wait; /* RC_NEVER: until there is something to answer */
} rc_block;

typedef struct rc_batch {
    rc_buffer requests;
    rc_command *commands;
    size_t count;
    size_t capacity;
    rc_read_policy read_policy;

    rc_block *blocks; /* in the order of the commands */
    size_t block_count;
    size_t block_capacity;

    /* while a command is being written: where it began, and the arguments so far */
    size_t begun;
    size_t argc;
    size_t header; /* bytes set aside for its array header */

    rc_reply_tree **trees; /* kept and used again by the next call */
    size_t tree_count;
    size_t tree_capacity;
    size_t trees_made;

    rc_error *errors;
    size_t error_count;
    size_t error_capacity;
} rc_batch;

/* rc_batch_free frees commands, requests, replies and errors; the batch itself is the caller's. */
void rc_batch_free(rc_batch *batch);

/* rc_batch_clear makes the batch ready for new commands, and keeps a little memory for them. */
void rc_batch_clear(rc_batch *batch);

/* ---- writing a command ---- */

/*
 * rc_batch_begin starts a command of about `argc` arguments; the arguments follow; then either
 * rc_batch_end makes it the batch's last command, or rc_batch_abandon leaves no trace of it.
 */
rc_status rc_batch_begin(rc_batch *batch, size_t argc);

/* rc_batch_argument copies one argument to the command that was begun. RC_NOMEM: abandon it. */
rc_status rc_batch_argument(rc_batch *batch, const char *data, size_t length);

/* rc_batch_integer is rc_batch_argument of a number's decimal digits. */
rc_status rc_batch_integer(rc_batch *batch, int64_t value);

/* rc_batch_encoded appends bytes that are `argc` encoded arguments already. */
rc_status rc_batch_encoded(rc_batch *batch, const char *data, size_t length, size_t argc);

/* rc_batch_end returns the new command with state, slot and flags as given, or NULL without memory.
 */
rc_command *rc_batch_end(rc_batch *batch, uint16_t slot, uint8_t flags, uint32_t tag);

/* rc_batch_abandon takes out what was written since rc_batch_begin. */
void rc_batch_abandon(rc_batch *batch);

/*
 * rc_batch_block says that the last command blocks on the server for up to `wait` milliseconds, or
 * RC_NEVER. RC_NOMEM: the batch is as it was.
 */
rc_status rc_batch_block(rc_batch *batch, rc_msec wait);

/* rc_batch_undo takes the last command out again. */
void rc_batch_undo(rc_batch *batch);

/* ---- reading it ---- */

/* rc_batch_end_of is the offset behind the last byte of a command's request. */
static inline size_t rc_batch_end_of(const rc_batch *batch, size_t index)
{
    return index + 1 < batch->count ? batch->commands[index + 1].offset : batch->requests.length;
}

/* rc_batch_request is a command as RESP; the bytes live until the next change of the batch. */
static inline const char *rc_batch_request(const rc_batch *batch, size_t index, size_t *length)
{
    size_t offset = batch->commands[index].offset;
    *length = rc_batch_end_of(batch, index) - offset;
    return batch->requests.data + offset;
}

/* rc_batch_blocked is how long a command blocks by its own argument; 0: it does not. */
rc_msec rc_batch_blocked(const rc_batch *batch, size_t index);

/*
 * rc_batch_patience is how long all commands together may take on one node: a timeout, and each
 * command's own wait, as one blocks after another. A timeout below zero, or a wait without an end,
 * makes it -1.
 */
rc_msec rc_batch_patience(const rc_batch *batch, rc_msec timeout);

/*
 * rc_batch_next_argument walks over the arguments of a request: *cursor starts at NULL. False
 * behind the last.
 */
bool rc_batch_next_argument(const rc_batch *batch, size_t index, const char **cursor,
                            const char **data, size_t *length);

/* ---- outcomes ---- */

/* rc_batch_add_tree gives an empty reply tree and its number; NULL without memory. */
rc_reply_tree *rc_batch_add_tree(rc_batch *batch, uint16_t *number);

/* rc_batch_add_error keeps a copy and returns its number; without memory, one that means just that.
 */
uint32_t rc_batch_add_error(rc_batch *batch, const rc_error *error);

/* rc_batch_reply is the reply tree with the command's reply, which begins at command->reply; or
 * NULL. */
static inline const rc_reply_tree *rc_batch_reply(const rc_batch *batch, const rc_command *command)
{
    return command->tree == RC_NO_TREE ? NULL : batch->trees[command->tree];
}

/* rc_batch_error is why a command without a reply has none. */
const rc_error *rc_batch_error(const rc_batch *batch, const rc_command *command);

#endif
