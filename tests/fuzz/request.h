/*
 * request: what a node reads. A client that sends anything but arrays of bulk strings has a fault,
 * and ends the process.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>

enum { REQUEST_ARGS = 8 };

typedef struct request {
    const char *args[REQUEST_ARGS];
    size_t lengths[REQUEST_ARGS];
    size_t count;
} request;

/* request_read gives the place behind a request, or NULL when it is not whole. */
const char *request_read(const char *at, const char *end, request *asked);

/* request_is: whether the argument of this number is that word. */
bool request_is(const request *asked, size_t number, const char *word);

#endif
