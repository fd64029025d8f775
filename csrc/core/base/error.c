#include "core/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *text;
    const char *exception;
} table[RC_STATUS_COUNT] = {
#define X(code, text, exception) {text, exception},
    RC_STATUS_TABLE(X)
#undef X
};

const char *rc_status_text(rc_status status)
{
    return table[status].text;
}

const char *rc_status_exception(rc_status status)
{
    return table[status].exception;
}

void rc_error_clear(rc_error *error)
{
    error->status = error->cause = RC_OK;
    error->slot = -1;
    error->port = 0;
    error->sys_errno = 0;
    error->host[0] = '\0';
    error->message[0] = '\0';
}

/*
 * escape replaces control characters by \xNN, as far as there is room: a server's text must not
 * write lines of its own into a log, nor control a terminal.
 */
static void escape(char *text, size_t room)
{
    char raw[RC_MESSAGE_MAX];
    size_t used = 0;
    snprintf(raw, sizeof raw, "%s", text);
    for (const char *next = raw; *next != '\0' && used + 5 <= room; next++) {
        unsigned char byte = (unsigned char)*next;
        if (byte < ' ' || byte == 0x7f) {
            used += (size_t)snprintf(text + used, room - used, "\\x%02x", byte);
        } else {
            text[used++] = *next;
        }
    }
    text[used] = '\0';
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f) {
            return true;
        }
    }
    return false;
}

rc_status rc_error_set(rc_error *error, rc_status status, const char *format, ...)
{
    if (error == NULL) {
        return status;
    }
    error->status = status;
    error->cause = RC_OK;
    error->sys_errno = 0;
    va_list args;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    if (has_control(error->message)) {
        escape(error->message, sizeof error->message);
    }
    return status;
}

rc_status rc_error_of(rc_error *error, rc_status status)
{
    return rc_error_set(error, status, "%s", rc_status_text(status));
}

rc_status rc_error_errno(rc_error *error, rc_status status, int sys_errno, const char *what)
{
    char reason[128];
    if (strerror_r(sys_errno, reason, sizeof reason) != 0) {
        snprintf(reason, sizeof reason, "errno %d", sys_errno);
    }
    rc_error_set(error, status, "%s: %s", what, reason);
    if (error != NULL) {
        error->sys_errno = sys_errno;
    }
    return status;
}

bool rc_error_is_lack(const rc_error *error)
{
    switch (error->sys_errno) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EAGAIN:
        return true;
    default:
        return false;
    }
}

void rc_error_node(rc_error *error, const char *host, int port)
{
    if (error == NULL) {
        return;
    }
    snprintf(error->host, sizeof error->host, "%s", host);
    error->port = port;
}
