/*
 * refusal_check: whether a refusal is the server's, or was made by a script.
 *
 * A script can return any error text: a MOVED with its key's own slot, or TRYAGAIN in the server's
 * words. It has run then, so it must not run again, and its MOVED must not be followed. To find
 * out, the same node gets a command on the same keys that does nothing. If the server refuses
 * commands on these keys it refuses that one as well: it checks the keys before it looks for the
 * script.
 */
#include "core/execution/execution.h"

#include <strings.h>

typedef struct argument {
    const char *data;
    size_t length;
} argument;

/* argument_at reads one argument of a request; false if it has not so many. */
static bool argument_at(const rc_batch *batch, size_t index, size_t number, argument *found)
{
    const char *cursor = NULL;
    bool some = true;
    for (size_t i = 0; i <= number && some; i++) {
        some = rc_batch_next_argument(batch, index, &cursor, &found->data, &found->length);
    }
    return some;
}

static bool is_script(const rc_batch *batch, size_t index)
{
    static const char *const names[] = {"EVAL",       "EVALSHA", "EVAL_RO",
                                        "EVALSHA_RO", "FCALL",   "FCALL_RO"};
    argument name;
    if (!argument_at(batch, index, 0, &name)) {
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == name.length && strncasecmp(names[i], name.data, name.length) == 0) {
            return true;
        }
    }
    return false;
}

bool rc_execution_must_check(const rc_execution *execution, size_t index, rc_refusal refusal)
{
    uint8_t flags = execution->batch->commands[index].flags;
    if (!(flags & RC_COMMAND_OPAQUE) || refusal == RC_REFUSAL_NONE) {
        return false;
    }
    bool hop = rc_redirect_patience(refusal) == RC_PATIENCE_HOP;
    if (flags & RC_COMMAND_READ) {
        return hop && is_script(execution->batch,
                                index); /* a read may run again, but its redirect may be made up */
    }
    return !hop || is_script(execution->batch, index);
}

/* ---- questions ---- */

/*
 * ask_script is the same call with an empty text, SHA1 or name in the place of the script's: what
 * runs then does nothing, and most servers have no such script.
 */
static rc_status ask_script(const rc_batch *batch, size_t index, rc_batch *questions)
{
    const char *cursor = NULL;
    argument next;
    rc_status status = RC_OK;
    for (size_t i = 0;
         status == RC_OK && rc_batch_next_argument(batch, index, &cursor, &next.data, &next.length);
         i++) {
        status = rc_batch_argument(questions, next.data, i == 1 ? 0 : next.length);
    }
    return status;
}

/* ask_keys is EXISTS of the arguments that hash to the command's slot: its keys. PING without any.
 */
static rc_status ask_keys(const rc_batch *batch, size_t index, rc_batch *questions)
{
    uint16_t slot = batch->commands[index].slot;
    const char *cursor = NULL;
    argument next;
    rc_status status = slot == RC_NO_SLOT ? rc_batch_argument(questions, "PING", 4)
                                          : rc_batch_argument(questions, "EXISTS", 6);
    bool name = true;
    while (status == RC_OK && slot != RC_NO_SLOT &&
           rc_batch_next_argument(batch, index, &cursor, &next.data, &next.length)) {
        if (!name && rc_key_slot(next.data, next.length) == slot) {
            status = rc_batch_argument(questions, next.data, next.length);
        }
        name = false;
    }
    return status;
}

/* add_question adds a question for the node that answered the command, whose index is its tag. */
static rc_status add_question(const rc_batch *batch, size_t index, rc_batch *questions)
{
    const rc_command *command = &batch->commands[index];
    if (rc_batch_begin(questions, 4) != RC_OK) {
        return RC_NOMEM;
    }
    if ((is_script(batch, index) ? ask_script : ask_keys)(batch, index, questions) != RC_OK) {
        rc_batch_abandon(questions);
        return RC_NOMEM;
    }
    bool asking = command->flags & RC_COMMAND_ASKING;
    uint8_t flags = asking ? RC_COMMAND_ASKING : RC_COMMAND_PINNED;
    rc_command *question = rc_batch_end(questions, command->slot, flags, (uint32_t)index);
    if (question == NULL) {
        return RC_NOMEM;
    }
    question->node = rc_batch_reply(batch, command)->source;
    return RC_OK;
}

/* ---- answers ---- */

static rc_redirect meaning_of(const rc_batch *batch, const rc_command *command)
{
    const rc_reply_tree *tree = rc_batch_reply(batch, command);
    const rc_item *item = tree == NULL ? NULL : rc_reply_tree_item(tree, command->reply);
    if (item == NULL || item->type != RC_ITEM_ERROR) {
        return (rc_redirect){.refusal = RC_REFUSAL_NONE};
    }
    return rc_redirect_parse(rc_reply_tree_text(tree, item), item->size);
}

/* agree: both are refusals, and redirects name the same node. ASK may have become MOVED since. */
static bool agree(const rc_redirect *said, const rc_redirect *now)
{
    if (now->refusal == RC_REFUSAL_NONE) {
        return false;
    }
    if (rc_redirect_patience(said->refusal) != RC_PATIENCE_HOP) {
        return true;
    }
    return now->slot == said->slot && now->port == said->port && strcmp(now->host, said->host) == 0;
}

static void take_answers(rc_execution *execution, const rc_batch *questions)
{
    for (size_t i = 0; i < questions->count; i++) {
        const rc_command *question = &questions->commands[i];
        rc_command *command = &execution->batch->commands[question->tag];
        rc_redirect said = meaning_of(execution->batch, command);
        rc_redirect now = meaning_of(questions, question);
        if (agree(&said, &now)) {
            command->state = RC_REFUSED;
        }
    }
}

/*
 * check_readonly: a replica does not refuse a script that does nothing. A fresh slot table says
 * whether the node is a replica.
 */
static void check_readonly(rc_execution *execution, rc_command *command)
{
    rc_topology *topology = execution->executor->topology;
    rc_error ignored;
    rc_error_clear(&ignored);
    if (rc_topology_refresh(topology, execution->version, execution->call, &ignored) ==
        RC_INTERRUPTED) {
        execution->ending = RC_INTERRUPTED;
        return;
    }
    uint64_t version;
    rc_slotmap *map = rc_topology_map(topology, &version);
    if (!rc_slotmap_serves(map, rc_batch_reply(execution->batch, command)->source)) {
        command->state = RC_REFUSED;
    }
    rc_slotmap_drop(map);
}

/* ---- the round ---- */

static bool any_errors(const rc_execution *execution)
{
    bool errors = false;
    for (size_t i = 0; i < execution->stream_count; i++) {
        errors |= execution->streams[i].errors;
    }
    return errors;
}

/* ask adds a question for each refusal that has to be checked; without memory some have none, and
 * stay replies. */
static void ask(rc_execution *execution, rc_batch *questions)
{
    rc_status status = RC_OK;
    for (size_t i = 0; i < execution->open_count && status == RC_OK && execution->ending == RC_OK;
         i++) {
        uint32_t index = execution->open[i];
        rc_command *command = &execution->batch->commands[index];
        if (command->state != RC_REPLIED || !(command->flags & RC_COMMAND_OPAQUE)) {
            continue;
        }
        rc_refusal refusal = rc_execution_redirect(execution, command).refusal;
        if (!rc_execution_must_check(execution, index, refusal)) {
            continue;
        }
        if (refusal == RC_REFUSAL_READONLY) {
            check_readonly(execution, command);
        } else {
            status = add_question(execution->batch, index, questions);
        }
    }
}

void rc_execution_check_refusals(rc_execution *execution)
{
    if (execution->ending != RC_OK || !any_errors(execution)) {
        return;
    }
    rc_batch questions = {0};
    ask(execution, &questions);
    if (questions.count > 0 && execution->ending == RC_OK) {
        execution->ending = rc_execution_once(execution->executor, &questions, execution->call);
        take_answers(execution, &questions);
    }
    rc_batch_free(&questions);
}
