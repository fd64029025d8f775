/*
 * dice: a fuzz input, read as one decision after the other.
 *
 * 0 is always the harmless choice, and what is rolled behind the end is 0: so every run comes to
 * rest. An input may ask to be continued by a generator for a while, so that a few bytes stand for
 * a long and wild run, and the bytes that the fuzzer changes still decide the beginning.
 */
#ifndef DICE_H
#define DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* dice_load begins with this input, which must stay where it is. */
void dice_load(const uint8_t *data, size_t size);

/* dice_roll gives 0..255. */
unsigned dice_roll(void);

/* dice_below gives 0..bound - 1; bound is 256 at the most. */
unsigned dice_below(unsigned bound);

/* dice_rare is true in so many of 256 cases. */
bool dice_rare(unsigned parts_of_256);

/* dice_calm makes everything harmless from now on. */
void dice_calm(void);

/* dice_demand ends the process unless the condition holds: the fuzzer keeps the input. */
void dice_demand(bool condition, const char *what);
#define DEMAND(condition) dice_demand(condition, #condition)

/* dice_tell writes what happens, if the environment has FUZZ_TELL: to understand one input. */
void dice_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
