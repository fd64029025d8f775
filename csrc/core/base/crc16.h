/*
 * crc16: the hash slot of a key.
 *
 * CRC16/XMODEM (polynomial 0x1021, initial value 0) modulo 16384, over the key's hash tag: what
 * stands between the first '{' and the next '}' if that is not empty, else the whole key.
 * See https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
 */
#ifndef RC_CRC16_H
#define RC_CRC16_H

#include <stddef.h>
#include <stdint.h>

enum { RC_SLOTS = 16384 };

/* rc_crc16 is the checksum that Redis Cluster uses: CRC-16/XMODEM. */
uint16_t rc_crc16(const char *data, size_t length);

/* rc_key_slot is the slot of a key: of its hash tag between braces, if it has one that is not
 * empty.
 */
uint16_t rc_key_slot(const char *key, size_t length);

#endif
