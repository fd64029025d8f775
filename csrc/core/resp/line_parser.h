/*
 * line_parser: whole lines of a reply, read by hiredis' redisReader onto a reply tree.
 *
 * hiredis knows what a line may say, in whatever version is installed. It is given whole lines
 * only, and none that announces bytes or elements behind it. So what it does does not depend on how
 * replies are cut or nested, and nothing is left in it between two calls.
 */
#ifndef RC_LINE_PARSER_H
#define RC_LINE_PARSER_H

#include "core/resp/reply_tree.h"

typedef struct rc_line_parser {
    void *hiredis;       /* redisReader */
    rc_reply_tree *tree; /* where the lines of the call that is running go */
    bool wrapped;        /* they stand behind an array header of our own */
    const char *fault;
} rc_line_parser;

/* rc_line_parser_open: RC_NOMEM leaves nothing to free. */
rc_status rc_line_parser_open(rc_line_parser *line_parser);

/* rc_line_parser_free is for one that was opened. */
void rc_line_parser_free(rc_line_parser *line_parser);

/*
 * rc_line_parser_read records `count` lines, each up to and with its CRLF, as an item each. NULL,
 * or what is wrong with them (until the line_parser is freed), and then it is of no more use; "" is
 * a lack of memory. What was recorded before a fault stays on the reply tree.
 */
const char *rc_line_parser_read(rc_line_parser *line_parser, rc_reply_tree *tree, const char *lines,
                                size_t length, size_t count);

#endif
