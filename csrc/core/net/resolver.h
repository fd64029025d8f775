/*
 * resolver: the addresses of one host, found without keeping anybody waiting.
 *
 * An address in digits is there at once. For a name there is only getaddrinfo(3), which blocks as
 * long as a name server is silent, so it is asked in a thread of its own. That thread touches
 * nothing but its rc_resolver, which all who have it share and the last one frees: a call may give
 * up at any time, and the thread ends by itself when it has its answer. No Python.
 */
#ifndef RC_RESOLVER_H
#define RC_RESOLVER_H

#include "core/base/clock.h"
#include "core/base/error.h"

#include <stdbool.h>

struct addrinfo;

typedef struct rc_resolver rc_resolver;

/* A name is asked for again after this time, whatever has become of the question before. */
enum { RC_RESOLVER_SHARED = 5000 /* milliseconds */ };

/*
 * rc_resolver_begin starts to look for the host, and never blocks; NULL and *error when it cannot:
 * RC_CONNECT with an errno is a lack of this process. `shared` (NULL is allowed) is where those who
 * look for this very host and port, one at a time, leave what is under way: whoever comes meanwhile
 * joins it. So there is one thread for each name, and one more for every RC_RESOLVER_SHARED that an
 * answer takes, however often and in how many threads callers give up and try again. A name that
 * was found is not remembered: the next one asks anew.
 */
rc_resolver *rc_resolver_begin(rc_resolver **shared, const char *host, int port, rc_error *error);

/* rc_resolver_done: the outcome is there. */
bool rc_resolver_done(const rc_resolver *resolver);

/*
 * rc_resolver_fd is readable from then on, for all who poll it; nobody may read or close it. It is
 * writable always: who waits for that is called at once. -1 if the outcome was there from the
 * start.
 */
int rc_resolver_fd(const rc_resolver *resolver);

/* rc_resolver_result is for when it is done; the addresses live as long as the resolver. */
rc_status rc_resolver_result(const rc_resolver *resolver, const struct addrinfo **addresses,
                             rc_error *error);

/* rc_resolver_drop gives up the caller's share of the resolver; NULL is allowed. */
void rc_resolver_drop(rc_resolver *resolver);

/* rc_resolver_tidy drops what is shared if it is done, as nobody will join it any more. */
void rc_resolver_tidy(rc_resolver **shared);

#endif
