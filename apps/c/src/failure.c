#include "failure.h"

int exit_code_of(enum failure_code code)
{
    switch (code) {
    case FAILURE_NONE: return 0;
    case FAILURE_USAGE: return 64;
    case FAILURE_LOG:
    case FAILURE_OUTPUT: return 74;
    case FAILURE_TAKEN_OVER: return 75;
    case FAILURE_TOKEN_REFUSED:
    case FAILURE_SUBSCRIPTION_REFUSED: return 77;
    case FAILURE_CONFIG:
    case FAILURE_CLIENT_ID_REFUSED: return 78;
    case FAILURE_TIMEOUT: return 124;
    default: return 69;
    }
}

void failure_set(struct failure *failure, enum failure_code code, const char *format, ...)
{
    failure->code = code;
    buffer_clear(&failure->message);
    va_list arguments;
    va_start(arguments, format);
    buffer_vformat(&failure->message, format, arguments);
    va_end(arguments);
}

const char *failure_words(const struct failure *failure)
{
    return buffer_text(&failure->message).data;
}

void failure_free(struct failure *failure)
{
    buffer_free(&failure->message);
    failure->code = FAILURE_NONE;
}

enum treatment treatment_of(enum failure_code code, struct history history)
{
    switch (code) {
    case FAILURE_CONFIG:
    case FAILURE_USAGE:
    case FAILURE_OUTPUT:
    case FAILURE_TAKEN_OVER: return TREATMENT_END;
    case FAILURE_LOG: return history.ever_live ? TREATMENT_BACKOFF : TREATMENT_END;
    default: break;
    }
    if (!history.ever_live && !history.wait) return TREATMENT_END;
    switch (code) {
    case FAILURE_TOKEN_REFUSED:
    case FAILURE_SUBSCRIPTION_REFUSED:
    case FAILURE_CLIENT_ID_REFUSED:
    case FAILURE_PROTOCOL_VERSION:
    case FAILURE_TLS_REFUSED:
    case FAILURE_UPGRADE_REFUSED: return history.accepted ? TREATMENT_SLOW : TREATMENT_END;
    default: return TREATMENT_BACKOFF;
    }
}
