/*
 * kernel: sockets, poll(2) and the clock, simulated in one thread of one process.
 *
 * The linker puts these functions in place of the system's (--wrap), so the core runs as it is.
 * Time passes only where the core would sleep, so nothing waits; a sleep that nothing could ever
 * end is a fault. What happens on a stream is decided by the dice and by the model, which plays the
 * nodes at the far ends.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include "core/base/buffer.h"
#include "core/base/clock.h"

typedef struct stream {
    bool open;      /* the client has it */
    bool connected; /* ... or it has failed to come about, for this reason */
    int refusal;
    int place;          /* of the address that it was connected to; see kernel_place */
    rc_msec connect_at; /* when it is known whether it comes about; RC_NEVER: never */
    rc_msec readable_at;
    rc_msec process_at; /* when the node looks at what was sent */
    rc_buffer sent;     /* by the client, and not yet processed ... */
    size_t held;        /* ... but the node has so many bytes, which are half a request */
    rc_buffer reply;    /* by the node, and not yet read ... */
    size_t read;        /* ... but for so many bytes */
    bool ended;         /* by the node: the rest can be read, then nothing more comes */
    bool reset;         /* by the node: nothing can be read any more */
    bool mute;          /* nothing passes any more, and nobody is told */
    /* the node's own */
    bool asking;
    bool readonly;
    int node;
} stream;

enum { KERNEL_HOSTS = 3, KERNEL_PORT = 7000, KERNEL_PORTS = 16 };

/* kernel_start forgets everything; a stream holds at most so many bytes that are not read. */
void kernel_start(size_t window);

/* kernel_stop demands that all sockets are closed, and frees the streams. */
void kernel_stop(void);

/* kernel_now is the simulated time. */
rc_msec kernel_now(void);

/* kernel_sleep lets the simulated time pass; nothing blocks. */
void kernel_sleep(rc_msec duration);

/* kernel_count counts the streams that are open at either end. */
size_t kernel_count(void);

/* kernel_stream is one of them, by its number below that count. */
stream *kernel_stream(size_t number);

/* kernel_open counts the sockets to a place that are open; below 0: to all. */
size_t kernel_open(int place);

/* kernel_reply adds bytes to what the client can read; they are copied. */
void kernel_reply(stream *self, const char *data, size_t length);

/* kernel_end closes the node's end; a reset throws away what is not read. */
void kernel_end(stream *self, bool reset);

#endif
