#include "request.h"

#include "dice.h"

#include <string.h>

/* read_number reads a header; NULL when it is not whole. */
static const char *read_number(const char *at, const char *end, char kind, size_t *number)
{
    if (at == end) {
        return NULL;
    }
    DEMAND(*at++ == kind);
    *number = 0;
    for (; at < end && *at != '\r'; at++) {
        DEMAND(*at >= '0' && *at <= '9');
        *number = *number * 10 + (size_t)(*at - '0');
    }
    return end - at < 2 ? NULL : at + 2;
}

const char *request_read(const char *at, const char *end, request *asked)
{
    at = read_number(at, end, '*', &asked->count);
    DEMAND(at == NULL || (asked->count > 0 && asked->count <= REQUEST_ARGS));
    for (size_t i = 0; at != NULL && i < asked->count; i++) {
        at = read_number(at, end, '$', &asked->lengths[i]);
        if (at == NULL || (size_t)(end - at) < asked->lengths[i] + 2) {
            return NULL;
        }
        asked->args[i] = at;
        at += asked->lengths[i];
        DEMAND(at[0] == '\r' && at[1] == '\n');
        at += 2;
    }
    return at;
}

bool request_is(const request *asked, size_t number, const char *word)
{
    return number < asked->count && asked->lengths[number] == strlen(word) &&
           memcmp(asked->args[number], word, asked->lengths[number]) == 0;
}
