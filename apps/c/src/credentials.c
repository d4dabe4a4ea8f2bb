#include "credentials.h"

#include <errno.h>
#include <string.h>

#include "environment.h"
#include "status.h"
#include "token.h"

static bool read_token_file(struct buffer *token, const char *path, struct failure *failure)
{
    if (!read_file(path, token)) {
        failure_set(failure, FAILURE_CONFIG, "TESA_TOKEN_FILE \"%s\" cannot be read: %s.", path, strerror(errno));
        return false;
    }
    while (token->length > 0 && strchr("\r\n", token->data[token->length - 1]) != NULL) token->length -= 1;
    struct list problems = { 0 };
    find_token_problems(buffer_text(token), &problems);
    bool is_token = problems.count == 0;
    if (!is_token)
        failure_set(failure, FAILURE_CONFIG, "The token in TESA_TOKEN_FILE \"%s\" %s.", path, problems.items[0]);
    list_free(&problems);
    return is_token;
}

bool credentials_read(struct credentials *credentials, const struct config *config, struct failure *failure)
{
    buffer_clear(&credentials->token);
    buffer_clear(&credentials->fingerprint);
    if (config->token != NULL)
        buffer_string(&credentials->token, config->token);
    else if (!read_token_file(&credentials->token, config->token_file, failure))
        return false;
    struct text token = buffer_text(&credentials->token);
    add_fingerprint(&credentials->fingerprint, token);
    bool is_told = text_equals(buffer_text(&credentials->warned_of), buffer_text(&credentials->fingerprint));
    if (token_has_unusual_length(token) && !is_told) {
        say("warning: the token has another number of random characters than 32, which is unusual: was all of it "
            "copied?");
        buffer_clear(&credentials->warned_of);
        buffer_add(&credentials->warned_of, buffer_text(&credentials->fingerprint));
    }
    return true;
}

struct text credentials_organisation(const struct credentials *credentials)
{
    return token_organisation(buffer_text(&credentials->token));
}

void credentials_free(struct credentials *credentials)
{
    buffer_free(&credentials->token);
    buffer_free(&credentials->fingerprint);
    buffer_free(&credentials->warned_of);
}
