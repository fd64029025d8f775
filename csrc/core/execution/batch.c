#include "core/execution/batch.h"

enum { KEEP_REQUESTS = 256 * 1024, KEEP_COMMANDS = 8192, KEEP_REPLIES = 8 * 1024 * 1024 };

void rc_batch_free(rc_batch *batch)
{
    for (size_t i = 0; i < batch->trees_made; i++) {
        rc_reply_tree_free(batch->trees[i]);
        rc_free(batch->trees[i]);
    }
    rc_free(batch->trees);
    rc_free(batch->errors);
    rc_free(batch->blocks);
    rc_free(batch->commands);
    rc_buffer_free(&batch->requests);
    *batch = (rc_batch){0};
}

void rc_batch_clear(rc_batch *batch)
{
    rc_buffer_clear(&batch->requests, KEEP_REQUESTS);
    if (batch->capacity > KEEP_COMMANDS) {
        rc_free(batch->commands);
        batch->commands = NULL;
        batch->capacity = 0;
    }
    size_t kept = 0;
    for (size_t i = 0; i < batch->trees_made; i++) {
        rc_reply_tree_clear(batch->trees[i]);
        kept += batch->trees[i]->text.capacity;
        if (kept > KEEP_REPLIES) {
            rc_reply_tree_free(batch->trees[i]); /* the trees of many nodes would add up */
        }
    }
    batch->count = 0;
    batch->tree_count = 0;
    batch->error_count = 0;
    batch->block_count = 0;
}

rc_status rc_batch_begin(rc_batch *batch, size_t argc)
{
    batch->begun = batch->requests.length;
    batch->argc = 0;
    batch->header = rc_header_size(argc);
    if (rc_buffer_reserve(&batch->requests, batch->header) == NULL) {
        return RC_NOMEM;
    }
    batch->requests.length += batch->header;
    return RC_OK;
}

rc_status rc_batch_argument(rc_batch *batch, const char *data, size_t length)
{
    batch->argc++;
    return rc_encode_bulk(&batch->requests, data, length);
}

rc_status rc_batch_integer(rc_batch *batch, int64_t value)
{
    batch->argc++;
    return rc_encode_int(&batch->requests, value);
}

rc_status rc_batch_encoded(rc_batch *batch, const char *data, size_t length, size_t argc)
{
    batch->argc += argc;
    return rc_buffer_append(&batch->requests, data, length);
}

/*
 * fit_header moves the arguments when their count has more or fewer digits than was expected: a
 * header must not have leading zeros.
 */
static rc_status fit_header(rc_batch *batch)
{
    size_t size = rc_header_size(batch->argc);
    if (size == batch->header) {
        return RC_OK;
    }
    if (size > batch->header && rc_buffer_reserve(&batch->requests, size) == NULL) {
        return RC_NOMEM;
    }
    char *begin = batch->requests.data + batch->begun;
    size_t length = batch->requests.length - batch->begun - batch->header;
    memmove(begin + size, begin + batch->header, length);
    batch->requests.length = batch->begun + size + length;
    batch->header = size;
    return RC_OK;
}

rc_command *rc_batch_end(rc_batch *batch, uint16_t slot, uint8_t flags, uint32_t tag)
{
    if (batch->count == batch->capacity) {
        rc_command *grown =
            rc_grow(batch->commands, &batch->capacity, batch->count + 1, sizeof *grown);
        if (grown == NULL) {
            rc_batch_abandon(batch);
            return NULL;
        }
        batch->commands = grown;
    }
    if (fit_header(batch) != RC_OK) {
        rc_batch_abandon(batch);
        return NULL;
    }
    rc_header_write(batch->requests.data + batch->begun, '*', batch->argc);
    rc_command *command = &batch->commands[batch->count++];
    *command = (rc_command){.offset = batch->begun,
                            .tag = tag,
                            .slot = slot,
                            .tree = RC_NO_TREE,
                            .node = RC_NO_NODE,
                            .state = RC_NOT_SENT,
                            .flags = flags};
    return command;
}

void rc_batch_abandon(rc_batch *batch)
{
    batch->requests.length = batch->begun;
}

rc_status rc_batch_block(rc_batch *batch, rc_msec wait)
{
    rc_block *grown =
        rc_grow(batch->blocks, &batch->block_capacity, batch->block_count + 1, sizeof *grown);
    if (grown == NULL) {
        return RC_NOMEM;
    }
    batch->blocks = grown;
    grown[batch->block_count++] = (rc_block){.command = batch->count - 1, .wait = wait};
    return RC_OK;
}

void rc_batch_undo(rc_batch *batch)
{
    batch->count--;
    batch->requests.length = batch->commands[batch->count].offset;
    if (batch->block_count > 0 && batch->blocks[batch->block_count - 1].command == batch->count) {
        batch->block_count--;
    }
}

rc_msec rc_batch_blocked(const rc_batch *batch, size_t index)
{
    size_t low = 0;
    size_t high = batch->block_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (batch->blocks[middle].command < index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < batch->block_count && batch->blocks[low].command == index;
    return found ? batch->blocks[low].wait : 0;
}

rc_msec rc_batch_patience(const rc_batch *batch, rc_msec timeout)
{
    rc_msec patience = timeout;
    for (size_t i = 0; i < batch->block_count && patience >= 0; i++) {
        rc_msec wait = batch->blocks[i].wait;
        patience = wait > RC_NEVER - patience - 1 ? -1 : patience + wait;
    }
    return patience;
}

/* skip_header reads the number behind '*' or '$' and returns the place behind its CRLF. */
static const char *skip_header(const char *place, size_t *number)
{
    *number = 0;
    for (place++; *place != '\r'; place++) {
        *number = *number * 10 + (size_t)(*place - '0');
    }
    return place + 2;
}

bool rc_batch_next_argument(const rc_batch *batch, size_t index, const char **cursor,
                            const char **data, size_t *length)
{
    size_t size;
    const char *request = rc_batch_request(batch, index, &size);
    if (*cursor == NULL) {
        size_t argc;
        *cursor = skip_header(request, &argc);
    }
    if (*cursor == request + size) {
        return false;
    }
    *data = skip_header(*cursor, length);
    *cursor = *data + *length + 2;
    return true;
}

rc_reply_tree *rc_batch_add_tree(rc_batch *batch, uint16_t *number)
{
    if (batch->tree_count == RC_NO_TREE) {
        return NULL;
    }
    if (batch->tree_count == batch->trees_made) {
        rc_reply_tree **grown =
            rc_grow(batch->trees, &batch->tree_capacity, batch->trees_made + 1, sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        batch->trees = grown;
        grown[batch->trees_made] = rc_alloc_zeroed(sizeof(rc_reply_tree));
        if (grown[batch->trees_made] == NULL) {
            return NULL;
        }
        batch->trees_made++;
    }
    *number = (uint16_t)batch->tree_count;
    return batch->trees[batch->tree_count++];
}

static const rc_error out_of_memory = {.status = RC_NOMEM, .slot = -1, .message = "out of memory"};

uint32_t rc_batch_add_error(rc_batch *batch, const rc_error *error)
{
    rc_error *grown =
        rc_grow(batch->errors, &batch->error_capacity, batch->error_count + 1, sizeof *grown);
    if (grown == NULL) {
        return UINT32_MAX;
    }
    batch->errors = grown;
    batch->errors[batch->error_count] = *error;
    return (uint32_t)batch->error_count++;
}

const rc_error *rc_batch_error(const rc_batch *batch, const rc_command *command)
{
    return command->reply < batch->error_count ? &batch->errors[command->reply] : &out_of_memory;
}
