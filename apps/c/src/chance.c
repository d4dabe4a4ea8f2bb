#include "chance.h"

#include <stdint.h>

#include <openssl/rand.h>

double random_number(void)
{
    uint32_t number = 0;
    RAND_bytes((unsigned char *)&number, sizeof number);
    return (double)number / ((double)UINT32_MAX + 1);
}
