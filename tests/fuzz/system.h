/*
 * system: names, the clock and chance, as one input has them; the fuzzer itself goes by the real
 * clock in between.
 */
#ifndef SYSTEM_H
#define SYSTEM_H

/* system_start puts simulated names, clock and chance in the place of the system's. */
void system_start(void);

/* system_stop gives the fuzzer the system's clock again. */
void system_stop(void);

#endif
