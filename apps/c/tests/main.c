#include <stdio.h>

#include "check.h"

/* Arguments: the folder of the vectors, empty if they are not here, and the list of those that are known to fail. */
int main(int count, char **arguments)
{
    if (count != 3) {
        fputs("Usage: tests VECTORS KNOWN_FAILING\n", stderr);
        return 64;
    }
    if (*arguments[1] != '\0')
        test_vectors(arguments[1], arguments[2]);
    else
        puts("c: without the test vectors, which are not here");
    test_decoding();
    test_mqtt();
    test_log();
    test_rate();
    test_texts();
    test_webhook();
    return tell_counts();
}
