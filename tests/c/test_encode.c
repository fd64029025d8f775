/* test_encode: requests byte by byte, numbers at their limits, and nothing half written without
 * memory.
 */
#include "check.h"

#include "core/resp/encode.h"

#include <inttypes.h>
#include <stdio.h>

static void expect(rc_buffer *buffer, const char *bytes, size_t length)
{
    CHECK_INT(buffer->length, length);
    CHECK(memcmp(buffer->data, bytes, length) == 0);
    buffer->length = 0;
}

static void requests_are_arrays_of_bulks(void)
{
    static const char expected[] = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\0\r\nb\r\n";
    rc_buffer buffer = {0};
    CHECK_STATUS(rc_encode_header(&buffer, 3), RC_OK);
    CHECK_STATUS(rc_encode_bulk(&buffer, "SET", 3), RC_OK);
    CHECK_STATUS(rc_encode_bulk(&buffer, "k", 1), RC_OK);
    CHECK_STATUS(rc_encode_bulk(&buffer, "a\0\r\nb", 5), RC_OK); /* any byte may be in a value */
    expect(&buffer, expected, sizeof expected - 1);
    CHECK_STATUS(rc_encode_bulk(&buffer, "", 0), RC_OK);
    expect(&buffer, "$0\r\n\r\n", 6);
    rc_buffer_free(&buffer);
}

/* Every count of digits, at its lowest and highest number, against the C library's digits. */
static void integers_at_all_their_edges(void)
{
    int64_t edges[64];
    size_t count = 0;
    edges[count++] = 0;
    edges[count++] = INT64_MAX;
    edges[count++] = INT64_MIN;
    for (int64_t power = 1; power <= INT64_C(1000000000000000000); power *= 10) {
        edges[count++] = power;
        edges[count++] = -power;
        edges[count++] = power - 1;
        if (power == INT64_C(1000000000000000000)) {
            break;
        }
    }
    for (size_t i = 0; i < count; i++) {
        char expected[32];
        char place[RC_DIGITS_MAX];
        int length = snprintf(expected, sizeof expected, "%" PRId64, edges[i]);
        CHECK_INT(rc_format_int(place, edges[i]), length);
        CHECK(memcmp(place, expected, (size_t)length) == 0);
    }
}

static void integers_are_bulks(void)
{
    rc_buffer buffer = {0};
    CHECK_STATUS(rc_encode_int(&buffer, -42), RC_OK);
    expect(&buffer, "$3\r\n-42\r\n", 9);
    CHECK_STATUS(rc_encode_int(&buffer, INT64_MIN), RC_OK);
    expect(&buffer, "$20\r\n-9223372036854775808\r\n", 27);
    rc_buffer_free(&buffer);
}

static void headers_have_the_size_they_say(void)
{
    static const size_t counts[] = {0, 1, 9, 10, 99, 100, 12345, 1000000, SIZE_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        char expected[32];
        char place[RC_HEADER_MAX];
        int length = snprintf(expected, sizeof expected, "$%zu\r\n", counts[i]);
        char *end = rc_header_write(place, '$', counts[i]);
        CHECK_INT(end - place, length);
        CHECK_INT(rc_header_size(counts[i]), length);
        CHECK(memcmp(place, expected, (size_t)length) == 0);
    }
}

static void impossible_lengths_fail(void)
{
    rc_buffer buffer = {0};
    CHECK_STATUS(rc_encode_bulk(&buffer, "", SIZE_MAX), RC_NOMEM);
    CHECK_STATUS(rc_encode_bulk(&buffer, "", SIZE_MAX - RC_HEADER_MAX), RC_NOMEM);
    CHECK_INT(buffer.length, 0);
    rc_buffer_free(&buffer);
}

/* Without memory the buffer ends where the last whole part did. */
static void failures_leave_whole_parts(void)
{
    rc_buffer buffer = {0};
    size_t ends[4] = {0};
    rc_status statuses[3];
    fail_begin();
    statuses[0] = rc_encode_header(&buffer, 3);
    ends[1] = buffer.length;
    statuses[1] = rc_encode_bulk(&buffer, "0123456789012345678901234567890123456789", 40);
    ends[2] = buffer.length;
    statuses[2] = rc_encode_int(&buffer, 12345);
    ends[3] = buffer.length;
    bool failed = fail_end();
    int lacking = 0;
    for (int i = 0; i < 3; i++) {
        CHECK((statuses[i] == RC_NOMEM) == (ends[i + 1] == ends[i]));
        lacking += statuses[i] == RC_NOMEM;
    }
    CHECK_INT(lacking, failed);
    rc_buffer_free(&buffer);
}

int main(void)
{
    RUN(requests_are_arrays_of_bulks);
    RUN(integers_at_all_their_edges);
    RUN(integers_are_bulks);
    RUN(headers_have_the_size_they_say);
    RUN(impossible_lengths_fail);
    FAIL_EACH(failures_leave_whole_parts);
    return 0;
}
