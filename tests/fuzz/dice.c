#include "dice.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONTINUED = 400 }; /* rolls behind the end of an input that asks for it */

static const uint8_t *next;
static size_t left;
static unsigned continued; /* rolls of the generator that are left */
static uint64_t state;

void dice_load(const uint8_t *data, size_t size)
{
    next = data;
    left = size;
    state = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < size; i++) {
        state = (state ^ data[i]) * 0x100000001b3u;
    }
    state |= 1; /* xorshift never leaves zero */
    continued = size > 0 && data[0] >= 128 ? CONTINUED : 0;
}

void dice_calm(void)
{
    left = 0;
    continued = 0;
}

unsigned dice_roll(void)
{
    if (left > 0) {
        left--;
        return *next++;
    }
    if (continued == 0) {
        return 0;
    }
    continued--;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 40) & 0xff;
}

unsigned dice_below(unsigned bound)
{
    return dice_roll() % bound;
}

bool dice_rare(unsigned parts_of_256)
{
    return dice_roll() >= 256 - parts_of_256;
}

void dice_demand(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

void dice_tell(const char *format, ...)
{
    static int wanted = -1;
    if (wanted < 0) {
        wanted = getenv("FUZZ_TELL") != NULL;
    }
    if (wanted) {
        va_list args;
        va_start(args, format);
        vfprintf(stderr, format, args);
        va_end(args);
    }
}
