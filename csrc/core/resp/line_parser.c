#include "core/resp/line_parser.h"

#include "core/resp/encode.h"

#include <hiredis/hiredis.h>

/*
 * hiredis keeps a buffer of up to so many bytes. Its default lets go of a longer one, and takes a
 * new one, each time it is empty.
 */
enum { KEEP_BUFFER = 128 * 1024 };

/* What hiredis asks the object functions to return; it looks only whether it is NULL. */
static char made;

#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

/* ---- the object functions ---- */

/*
 * They never return NULL, which would make hiredis give up in the middle: a lack of memory is noted
 * on the reply tree and found when the lines are read.
 */
static rc_reply_tree *tree_of(const redisReadTask *task)
{
    const rc_line_parser *self = task->privdata;
    return self->tree;
}

static void *record_text(const redisReadTask *task, char *data, size_t length)
{
    rc_item_type type = task->type == REDIS_REPLY_STATUS  ? RC_ITEM_STATUS
                        : task->type == REDIS_REPLY_ERROR ? RC_ITEM_ERROR
                                                          : RC_ITEM_STRING;
    rc_reply_tree_add_text(tree_of(task), type, data, length);
    return &made;
}

/* record_array meets our own header; another one is that of a type that goes on behind its line. */
static void *record_array(const redisReadTask *task, element_count elements)
{
    (void)elements;
    rc_line_parser *self = task->privdata;
    if (!self->wrapped || task->parent != NULL) {
        self->fault = "an aggregate of RESP3, which was not asked for";
    }
    return &made;
}

static void *record_integer(const redisReadTask *task, long long value)
{
    rc_item *item = rc_reply_tree_add(tree_of(task), RC_ITEM_INTEGER);
    if (item != NULL) {
        item->integer = value;
    }
    return &made;
}

static void *record_nil(const redisReadTask *task)
{
    rc_item *item = rc_reply_tree_add(tree_of(task), RC_ITEM_NIL);
    if (item != NULL) {
        item->size = 0;
    }
    return &made;
}

#if HIREDIS_MAJOR >= 1
/* RESP3 is never asked for (no HELLO); a server that speaks it unasked still gets whole items. */
static void *record_double(const redisReadTask *task, double value, char *text, size_t length)
{
    (void)value;
    rc_reply_tree_add_text(tree_of(task), RC_ITEM_STRING, text, length);
    return &made;
}

static void *record_bool(const redisReadTask *task, int value)
{
    return record_integer(task, value);
}
#endif

static void forget(void *object)
{
    (void)object; /* items live on the reply tree */
}

static redisReplyObjectFunctions recorder = {
    .createString = record_text,
    .createArray = record_array,
    .createInteger = record_integer,
    .createNil = record_nil,
    .freeObject = forget,
#if HIREDIS_MAJOR >= 1
    .createDouble = record_double,
    .createBool = record_bool,
#endif
};

/* ---- reading ---- */

rc_status rc_line_parser_open(rc_line_parser *line_parser)
{
    *line_parser = (rc_line_parser){0};
    redisReader *hiredis = redisReaderCreateWithFunctions(&recorder);
    if (hiredis == NULL) {
        return RC_NOMEM;
    }
    hiredis->maxbuf = KEEP_BUFFER;
    line_parser->hiredis = hiredis;
    return RC_OK;
}

void rc_line_parser_free(rc_line_parser *line_parser)
{
    if (line_parser->hiredis != NULL) {
        redisReaderFree(line_parser->hiredis);
        line_parser->hiredis = NULL;
    }
}

/* feed_header makes the lines the elements of one array, so that one call reads them all. */
static int feed_header(redisReader *hiredis, size_t count)
{
    char header[RC_HEADER_MAX];
    size_t length = rc_header_size(count);
    rc_header_write(header, '*', count);
    return redisReaderFeed(hiredis, header, length);
}

const char *rc_line_parser_read(rc_line_parser *line_parser, rc_reply_tree *tree, const char *lines,
                                size_t length, size_t count)
{
    redisReader *hiredis = line_parser->hiredis;
    void *whole = NULL;
    hiredis->privdata = line_parser;
    line_parser->tree = tree;
    line_parser->wrapped = count > 1;
    if ((line_parser->wrapped && feed_header(hiredis, count) != REDIS_OK) ||
        redisReaderFeed(hiredis, lines, length) != REDIS_OK ||
        redisReaderGetReply(hiredis, &whole) != REDIS_OK) {
        return hiredis->err == REDIS_ERR_OOM ? "" : hiredis->errstr;
    }
    if (tree->failed) {
        return "";
    }
    return whole == NULL ? "a type that is not of RESP2" : line_parser->fault;
}
