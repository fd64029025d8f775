#include "core/base/crc16.h"

#include <string.h>

enum { POLYNOMIAL = 0x1021, STRIDE = 8 };

/*
 * tables[n][b] is the remainder of byte b with n zero bytes behind it. Eight bytes can then be
 * looked up independently of one another; one at a time, each look-up would wait for the one
 * before, and the slot would cost more than the rest of queueing a short command.
 */
static uint16_t tables[STRIDE][256];

static uint16_t remainder_of(unsigned byte)
{
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; bit++) {
        crc = crc & 0x8000 ? crc << 1 ^ POLYNOMIAL : crc << 1;
    }
    return (uint16_t)crc;
}

/* Runs once, when the library is loaded and before any thread can ask for a slot. */
__attribute__((constructor)) static void fill_tables(void)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        tables[0][byte] = remainder_of(byte);
    }
    for (int n = 1; n < STRIDE; n++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            unsigned crc = tables[n - 1][byte];
            tables[n][byte] = (uint16_t)(crc << 8 ^ tables[0][crc >> 8]);
        }
    }
}

static unsigned stride(unsigned crc, const unsigned char *data)
{
    return (unsigned)(tables[7][data[0] ^ crc >> 8] ^ tables[6][data[1] ^ (crc & 0xff)] ^
                      tables[5][data[2]] ^ tables[4][data[3]] ^ tables[3][data[4]] ^
                      tables[2][data[5]] ^ tables[1][data[6]] ^ tables[0][data[7]]);
}

uint16_t rc_crc16(const char *data, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)data;
    unsigned crc = 0;
    for (; length >= STRIDE; length -= STRIDE, bytes += STRIDE) {
        crc = stride(crc, bytes);
    }
    for (; length > 0; length--) {
        crc = (crc << 8 ^ tables[0][crc >> 8 ^ *bytes++]) & 0xffff;
    }
    return (uint16_t)crc;
}

uint16_t rc_key_slot(const char *key, size_t length)
{
    const char *open = length > 0 ? memchr(key, '{', length) : NULL;
    if (open != NULL) {
        const char *tag = open + 1;
        const char *close = memchr(tag, '}', (size_t)(key + length - tag));
        if (close != NULL && close > tag) {
            key = tag;
            length = (size_t)(close - tag);
        }
    }
    return rc_crc16(key, length) & (RC_SLOTS - 1);
}
