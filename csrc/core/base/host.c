#include "core/base/host.h"

#include <string.h>

static bool is_part_of_host(char byte)
{
    bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    bool digit = byte >= '0' && byte <= '9';
    return letter || digit || (byte != '\0' && strchr(".-_:%", byte) != NULL);
}

bool rc_host_is_valid(const char *text, size_t length)
{
    if (length == 0 || length >= RC_HOST_MAX || text[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (!is_part_of_host(text[i])) {
            return false;
        }
    }
    return true;
}
