/* test_crc16: the table against the polynomial, known slots, and the rule of hash tags. */
#include "check.h"

#include "core/base/clock.h"
#include "core/base/crc16.h"

#include <string.h>

/* The checksum as its definition says it, bit by bit. */
static uint16_t by_definition(const char *data, size_t length)
{
    unsigned crc = 0;
    for (size_t i = 0; i < length; i++) {
        crc ^= (unsigned)(unsigned char)data[i] << 8;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
        }
    }
    return (uint16_t)crc;
}

static int slot_of(const char *key)
{
    return rc_key_slot(key, strlen(key));
}

static void table_is_the_polynomial(void)
{
    for (int byte = 0; byte < 256; byte++) {
        char data = (char)byte;
        CHECK_INT(rc_crc16(&data, 1), by_definition(&data, 1));
    }
    CHECK_INT(rc_crc16("123456789", 9), 0x31c3); /* the check value of CRC16/XMODEM */
    CHECK_INT(rc_crc16("", 0), 0);
}

static void any_bytes_are_summed(void)
{
    for (int i = 0; i < 500; i++) {
        char data[64];
        size_t length = rc_random(sizeof data);
        for (size_t j = 0; j < length; j++) {
            data[j] = (char)rc_random(256);
        }
        CHECK_INT(rc_crc16(data, length), by_definition(data, length));
    }
}

/* Slots as the server's CLUSTER KEYSLOT gives them. */
static void slots_are_the_servers(void)
{
    CHECK_INT(slot_of("foo"), 12182);
    CHECK_INT(slot_of("bar"), 5061);
    CHECK_INT(slot_of("hello"), 866);
    CHECK_INT(slot_of("123456789"), 0x31c3 & 16383);
    CHECK_INT(slot_of(""), 0);
    CHECK_INT(rc_key_slot(NULL, 0), 0);
}

static void same(const char *key, const char *part)
{
    CHECK_INT(slot_of(key), by_definition(part, strlen(part)) % RC_SLOTS);
}

static void hash_tags_choose_the_part(void)
{
    same("{user1000}.following", "user1000");
    same("{user1000}.followers", "user1000");
    same("a{b}c{d}e", "b");           /* the first one counts */
    same("foo{}{bar}", "foo{}{bar}"); /* an empty tag is none, and no later one is looked for */
    same("foo{{bar}}zap", "{bar");    /* up to the first '}' behind the '{' */
    same("foo{bar}{zap}", "bar");
    same("}{x}", "x"); /* a '}' before the '{' means nothing */
    same("foo{bar", "foo{bar");
    same("foo}bar{", "foo}bar{");
    same("{}", "{}");
    same("{", "{");
    same("{a}", "a");
}

/* Keys are bytes: a NUL is one like any other, inside and outside the tag. */
static void keys_may_hold_any_byte(void)
{
    CHECK_INT(rc_key_slot("a\0b", 3), by_definition("a\0b", 3) % RC_SLOTS);
    CHECK_INT(rc_key_slot("x{a\0b}\0y", 8), by_definition("a\0b", 3) % RC_SLOTS);
    CHECK_INT(rc_key_slot("\xff\xfe{\x80}", 5), by_definition("\x80", 1) % RC_SLOTS);
    CHECK_INT(rc_key_slot("foo}", 3), slot_of("foo")); /* nothing behind the length is read */
}

int main(void)
{
    RUN(table_is_the_polynomial);
    RUN(any_bytes_are_summed);
    RUN(slots_are_the_servers);
    RUN(hash_tags_choose_the_part);
    RUN(keys_may_hold_any_byte);
    return 0;
}
