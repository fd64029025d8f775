#include "core/resp/encode.h"

static size_t count_digits(uint64_t value)
{
    size_t digits = 1;
    while (value >= 10) {
        value /= 10;
        digits++;
    }
    return digits;
}

static char *write_digits(char *place, uint64_t value)
{
    char *end = place + count_digits(value);
    char *cursor = end;
    do {
        *--cursor = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return end;
}

size_t rc_format_int(char *place, int64_t value)
{
    char *cursor = place;
    uint64_t magnitude = (uint64_t)value;
    if (value < 0) {
        *cursor++ = '-';
        magnitude = 0 - magnitude; /* unsigned, so that INT64_MIN has no overflow */
    }
    return (size_t)(write_digits(cursor, magnitude) - place);
}

size_t rc_header_size(size_t count)
{
    return count_digits(count) + 3;
}

char *rc_header_write(char *place, char kind, size_t count)
{
    *place++ = kind;
    place = write_digits(place, count);
    *place++ = '\r';
    *place++ = '\n';
    return place;
}

rc_status rc_encode_header(rc_buffer *buffer, size_t argc)
{
    char *place = rc_buffer_reserve(buffer, RC_HEADER_MAX);
    if (place == NULL) {
        return RC_NOMEM;
    }
    buffer->length += (size_t)(rc_header_write(place, '*', argc) - place);
    return RC_OK;
}

rc_status rc_encode_bulk(rc_buffer *buffer, const char *data, size_t length)
{
    if (length > SIZE_MAX - RC_HEADER_MAX - 2) {
        return RC_NOMEM;
    }
    char *start = rc_buffer_reserve(buffer, RC_HEADER_MAX + length + 2);
    if (start == NULL) {
        return RC_NOMEM;
    }
    char *place = rc_header_write(start, '$', length);
    memcpy(place, data, length);
    place += length;
    *place++ = '\r';
    *place++ = '\n';
    buffer->length += (size_t)(place - start);
    return RC_OK;
}

rc_status rc_encode_int(rc_buffer *buffer, int64_t value)
{
    char digits[RC_DIGITS_MAX];
    size_t length = rc_format_int(digits, value);
    return rc_encode_bulk(buffer, digits, length);
}
