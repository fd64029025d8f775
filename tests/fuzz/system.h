/*
 * system: names, the clock and chance, as one input has them; the fuzzer itself goes by the real
 * clock in between.
 */
#ifndef SYSTEM_H
#define SYSTEM_H

void system_start(void);
void system_stop(void);

#endif
