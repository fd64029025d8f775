/*
 * reader: bytes in, replies on a reply tree.
 *
 * The reader finds where elements end: it reads the headers of arrays, integers and bulk strings at
 * every depth, cut anywhere, and leaves whole lines of text to hiredis (line_parser). A bulk string
 * is copied once, to the reply tree, or, if it is long, received there directly, and its memory
 * grows as its bytes come, whatever its header has announced.
 *
 * A reply over a limit is read to its end and thrown away, and a RC_ITEM_DROPPED stands in its
 * place; the replies behind it are not harmed. If its end is too far away, the reader is spent: the
 * RC_ITEM_DROPPED is its last reply.
 */
#ifndef RC_READER_H
#define RC_READER_H

#include "core/base/options.h"
#include "core/resp/line_parser.h"

enum {
    RC_DEPTH_MAX = 512,        /* arrays in one another */
    RC_LINE_MAX = 64 * 1024,   /* bytes of a line, with its CRLF */
    RC_DROP_MAX = 16 << 20,    /* bytes of one reply that are read to be thrown away */
    RC_BULK_STEP = 1024 * 1024 /* a longer bulk string gets its memory in steps */
};

typedef struct rc_reader {
    const char *pending; /* given, not yet read */
    size_t pending_length;
    rc_reply_tree *tree;
    size_t ready; /* replies that are whole on the reply tree, from start on, and not told yet */
    size_t start; /* where the reply that is being read begins among the items */
    size_t text_start; /* where its texts begin */
    size_t items;      /* that its headers have announced, itself included */
    size_t bulk_left;  /* bytes of a bulk string that are still to come, with its CRLF */
    bool in_bulk;
    bool dropping;     /* the reply is over a limit, and nothing of it is kept */
    bool spent;        /* so much of the dropped reply is to come that the connection is given up */
    uint32_t depth;    /* arrays that are open */
    const char *fault; /* what was wrong with the bytes; "": memory is out; NULL: nothing so far */
    rc_reply_limits limits;
    rc_buffer line; /* as much as has come of one that is cut */
    uint64_t owed;  /* elements of a dropped reply that are still to come */
    size_t dropped; /* bytes of a dropped reply that have come */
    rc_line_parser line_parser;
    uint32_t open[RC_DEPTH_MAX]; /* of each open array: elements that are not yet whole */
} rc_reader;

typedef enum rc_reading {
    RC_READING_REPLY, /* one more reply is whole, and begins at *start */
    RC_READING_MORE,  /* all bytes are used up */
    RC_READING_BROKEN /* not RESP, or memory is out: the reader is of no more use */
} rc_reading;

/* rc_reader_open sets the widest limits. The reader must stay where it is. */
rc_status rc_reader_open(rc_reader *reader);

/* rc_reader_free frees the reader's memory; what it has recorded is the reply tree's. */
void rc_reader_free(rc_reader *reader);

/* rc_reader_record says where the following replies go; only between replies. */
void rc_reader_record(rc_reader *reader, rc_reply_tree *tree);

/* rc_reader_limit sets what the following replies may have; only between replies. */
void rc_reader_limit(rc_reader *reader, const rc_reply_limits *limits);

/*
 * rc_reader_give hands over bytes, which must stay where they are until rc_reader_next said
 * RC_READING_MORE.
 */
void rc_reader_give(rc_reader *reader, const char *data, size_t length);

/*
 * rc_reader_next reads on. The reply tree may hold whole replies behind the one that it tells; they
 * are the next ones.
 */
rc_reading rc_reader_next(rc_reader *reader, size_t *start);

/*
 * rc_reader_place is where the next bytes may be received directly, instead of being given: NULL,
 * most of the time.
 */
char *rc_reader_place(const rc_reader *reader, size_t *room);

/* rc_reader_received says how many bytes were received at that place. */
void rc_reader_received(rc_reader *reader, size_t length);

/* rc_reader_idle: nothing is half read, so the next byte begins a reply. */
bool rc_reader_idle(const rc_reader *reader);

/*
 * rc_reader_problem says why reading is RC_READING_BROKEN: RC_PROTOCOL, RC_NOMEM, or, as the reader
 * is spent, RC_CLOSED.
 */
void rc_reader_problem(const rc_reader *reader, rc_error *error);

#endif
