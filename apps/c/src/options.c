#include "options.h"

#include <string.h>

#include "variables.h"

#define MAX_NUMBER UINT32_MAX

const char USAGE[] = "Usage: tesa-stream [--json] [--count N] [--timeout SECONDS] [--no-wait]\n"
                     "       tesa-stream webhook list [--json] | replay NUMBER...|--all | discard NUMBER...|--all\n"
                     "\n"
                     "Streams the telemetry of your TESAIoT devices. README.md lists the environment variables.\n"
                     "\n"
                     "  --json             JSON lines on a terminal, too\n"
                     "  --count N          end after N messages\n"
                     "  --timeout SECONDS  end with 124 after so long\n"
                     "  --no-wait          end with 69 if the broker cannot be reached at the first attempt\n"
                     "\n"
                     "  webhook            see, send again or forget what the webhook refused for good\n";

static bool read_number(const char *text, uint64_t *number)
{
    if (text == NULL || *text == '\0' || strspn(text, "0123456789") != strlen(text)) return false;
    *number = parse_number(text_of(text));
    return *number > 0 && *number <= MAX_NUMBER;
}

/* The value of `--flag=value` or `--flag value`; false if it is another flag. */
static bool takes_value(char *const **argument, const char *flag, const char **value)
{
    const char *text = **argument;
    size_t length = strlen(flag);
    if (strncmp(text, flag, length) != 0 || (text[length] != '=' && text[length] != '\0')) return false;
    if (text[length] == '=') {
        *value = text + length + 1;
    } else {
        *value = (*argument)[1];
        if (*value != NULL) *argument += 1;
    }
    return true;
}

bool parse_options(char *const *arguments, struct options *options, struct failure *failure)
{
    *options = (struct options){ .waits = true };
    if (*arguments != NULL && arguments[1] != NULL && strcmp(arguments[1], "webhook") == 0) {
        options->webhook = arguments + 2;
        return true;
    }
    for (char *const *argument = arguments + 1; *arguments != NULL && *argument != NULL; argument += 1) {
        const char *value = NULL, *flag = NULL;
        uint64_t number = 0;
        if (strcmp(*argument, "--json") == 0) {
            options->wants_json = true;
        } else if (strcmp(*argument, "--no-wait") == 0) {
            options->waits = false;
        } else if (strcmp(*argument, "--help") == 0 || strcmp(*argument, "-h") == 0) {
            options->wants_help = true;
        } else if (takes_value(&argument, flag = "--count", &value) ||
                   takes_value(&argument, flag = "--timeout", &value)) {
            if (!read_number(value, &number)) {
                failure_set(failure, FAILURE_USAGE, "%s needs a whole number from 1 on.", flag);
                return false;
            }
            if (strcmp(flag, "--count") == 0)
                options->count = number;
            else
                options->timeout_seconds = (int64_t)number;
        } else {
            /* Not repeated: it could be a token in the wrong place. */
            failure_set(failure, FAILURE_USAGE, "An argument is unknown.\n%s", USAGE);
            return false;
        }
    }
    return true;
}
