/* test_error: the table is whole, and no text can make an error overflow. */
#include "check.h"

#include <errno.h>
#include <string.h>

/* Every status has a text, and every one but OK an exception for the binding to raise. */
static void table_is_whole(void)
{
    for (int status = 0; status < RC_STATUS_COUNT; status++) {
        CHECK(strlen(rc_status_text((rc_status)status)) > 0);
        CHECK((strlen(rc_status_exception((rc_status)status)) > 0) == (status != RC_OK));
    }
    CHECK_TEXT(rc_status_exception(RC_TIMEOUT), "TimeoutError");
    CHECK_TEXT(rc_status_exception(RC_NOMEM), "MemoryError");
    CHECK_TEXT(rc_status_exception(RC_SLOT), "SlotNotCoveredError");
}

static void clear_concerns_nothing(void)
{
    rc_error error;
    memset(&error, 0x55, sizeof error);
    rc_error_clear(&error);
    CHECK_STATUS(error.status, RC_OK);
    CHECK_INT(error.slot, -1);
    CHECK_INT(error.port, 0);
    CHECK_INT(error.sys_errno, 0);
    CHECK_TEXT(error.host, "");
    CHECK_TEXT(error.message, "");
}

/* rc_error_set changes what happened, not where it happened. */
static void set_keeps_node_and_slot(void)
{
    rc_error error;
    rc_error_clear(&error);
    error.slot = 7;
    error.sys_errno = EPIPE;
    rc_error_node(&error, "10.0.0.1", 6379);
    CHECK_STATUS(rc_error_set(&error, RC_CLOSED, "%s %d", "text", 42), RC_CLOSED);
    CHECK_STATUS(error.status, RC_CLOSED);
    CHECK_TEXT(error.message, "text 42");
    CHECK_TEXT(error.host, "10.0.0.1");
    CHECK_INT(error.port, 6379);
    CHECK_INT(error.slot, 7);
    CHECK_INT(error.sys_errno, 0);
}

static void errno_is_told_in_words(void)
{
    rc_error error;
    rc_error_clear(&error);
    CHECK_STATUS(rc_error_errno(&error, RC_CONNECT, ECONNREFUSED, "cannot connect"), RC_CONNECT);
    CHECK_TEXT(error.message, "cannot connect: Connection refused");
    CHECK_INT(error.sys_errno, ECONNREFUSED);
    rc_error_errno(&error, RC_CONNECT, 100000, "cannot connect");
    CHECK_HAS(error.message, "100000");
}

/* Texts of servers may be of any length; they are cut, with a NUL at the end. */
static void long_texts_are_cut(void)
{
    char text[4 * RC_MESSAGE_MAX];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    rc_error error;
    rc_error_clear(&error);
    rc_error_set(&error, RC_PROTOCOL, "%s", text);
    CHECK_INT(strlen(error.message), RC_MESSAGE_MAX - 1);
    rc_error_errno(&error, RC_CLOSED, EPIPE, text);
    CHECK_INT(strlen(error.message), RC_MESSAGE_MAX - 1);
    rc_error_node(&error, text, 1);
    CHECK_INT(strlen(error.host), RC_HOST_MAX - 1);
}

/* Who does not want the details gives NULL, and still gets the status. */
static void null_is_allowed(void)
{
    CHECK_STATUS(rc_error_set(NULL, RC_TLS, "%d", 1), RC_TLS);
    CHECK_STATUS(rc_error_errno(NULL, RC_CLOSED, EPIPE, "x"), RC_CLOSED);
    rc_error_node(NULL, "host", 1);
}

int main(void)
{
    RUN(table_is_whole);
    RUN(clear_concerns_nothing);
    RUN(set_keeps_node_and_slot);
    RUN(errno_is_told_in_words);
    RUN(long_texts_are_cut);
    RUN(null_is_allowed);
    return 0;
}
