/*
 * encode: RESP requests, written straight into a buffer.
 *
 * A request is an array header and one bulk string per argument. No format strings: these functions
 * run once per argument of every pipelined command. On RC_NOMEM the buffer holds what it held, so
 * the caller can cut it back to where the command began.
 */
#ifndef RC_ENCODE_H
#define RC_ENCODE_H

#include "core/base/buffer.h"

enum {
    RC_DIGITS_MAX = 20,                /* of a 64-bit number with its sign */
    RC_HEADER_MAX = RC_DIGITS_MAX + 3, /* '*' or '$', digits, CR, LF */
};

/* rc_format_int writes the decimal digits of value (no NUL) and returns how many. */
size_t rc_format_int(char *place, int64_t value);

/* rc_header_size is the length of the header that rc_header_write writes for this count. */
size_t rc_header_size(size_t count);

/* rc_header_write writes kind ('*' or '$'), count and CRLF, and returns the place behind. */
char *rc_header_write(char *place, char kind, size_t count);

/* rc_encode_header appends the header of a request of `argc` arguments, or RC_NOMEM. */
rc_status rc_encode_header(rc_buffer *buffer, size_t argc);

/* rc_encode_bulk appends one argument as a bulk string, or RC_NOMEM and the buffer is as it was. */
rc_status rc_encode_bulk(rc_buffer *buffer, const char *data, size_t length);

/* rc_encode_int is rc_encode_bulk of a number's decimal digits. */
rc_status rc_encode_int(rc_buffer *buffer, int64_t value);

#endif
