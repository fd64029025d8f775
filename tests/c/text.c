#include "text.h"

#include "check.h"
#include "core/base/crc16.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { TEXTS = 12, TEXT_MAX = 2048 };

static char *next_text(void)
{
    static char texts[TEXTS][TEXT_MAX];
    static int last;
    last = (last + 1) % TEXTS;
    texts[last][0] = '\0';
    return texts[last];
}

const char *text_format(const char *format, ...)
{
    char *text = next_text();
    va_list args;
    va_start(args, format);
    vsnprintf(text, TEXT_MAX, format, args);
    va_end(args);
    return text;
}

size_t text_queue(rc_batch *batch, const char *text, uint8_t flags)
{
    uint16_t slot = RC_NO_SLOT;
    CHECK_STATUS(rc_batch_begin(batch, 2), RC_OK);
    for (int i = 0; *text != '\0'; i++) {
        size_t length = strcspn(text, " ");
        CHECK_STATUS(rc_batch_argument(batch, text, length), RC_OK);
        if (i == 1) {
            slot = rc_key_slot(text, length);
        }
        text += length;
        text += *text == ' ';
    }
    CHECK(rc_batch_end(batch, slot, flags, 0) != NULL);
    return batch->count - 1;
}

/* add writes behind what the text holds and cuts what is too much. */
static void add(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, TEXT_MAX - used, format, args);
    va_end(args);
}

static size_t add_element(char *text, const rc_reply_tree *tree, size_t position)
{
    CHECK(position < tree->count);
    const rc_item *item = rc_reply_tree_item(tree, position++);
    switch (item->type) {
    case RC_ITEM_INTEGER:
        add(text, ":%" PRId64, item->integer);
        break;
    case RC_ITEM_NIL:
        add(text, "nil");
        break;
    case RC_ITEM_ARRAY:
        add(text, "[");
        for (uint32_t i = 0; i < item->size; i++) {
            add(text, i > 0 ? " " : "");
            position = add_element(text, tree, position);
        }
        add(text, "]");
        break;
    default:
        add(text, "%c%s",
            item->type == RC_ITEM_STATUS    ? '+'
            : item->type == RC_ITEM_ERROR   ? '-'
            : item->type == RC_ITEM_DROPPED ? '!'
                                            : '$',
            rc_reply_tree_text(tree, item));
    }
    return position;
}

const char *text_reply(const rc_reply_tree *tree, size_t position)
{
    char *text = next_text();
    add_element(text, tree, position);
    return text;
}

static const char *status_name(rc_status status)
{
    static const char *const names[] = {
#define X(code, text, exception) #code,
        RC_STATUS_TABLE(X)
#undef X
    };
    return names[status];
}

const char *text_outcome(const rc_batch *batch, size_t index)
{
    static const char *const states[] = {[RC_NOT_SENT] = "NOT_SENT",
                                         [RC_REFUSED] = "REFUSED",
                                         [RC_REPLIED] = "",
                                         [RC_UNKNOWN] = "UNKNOWN"};
    const rc_command *command = &batch->commands[index];
    const rc_reply_tree *tree = rc_batch_reply(batch, command);
    char *text = next_text();
    add(text, "%s%s", states[command->state], command->state == RC_REPLIED ? "" : " ");
    if (tree != NULL) {
        add_element(text, tree, command->reply);
    } else {
        add(text, "%s", status_name(rc_batch_error(batch, command)->status));
    }
    return text;
}
