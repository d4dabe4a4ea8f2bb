/* The MQTT API token: what one looks like, and what of it may be shown. */
#ifndef TESA_TOKEN_H
#define TESA_TOKEN_H

#include "buffer.h"

/* What is wrong with a text as a token; the problems complete a sentence and never show the text. */
void find_token_problems(struct text text, struct list *problems);
/* Whether a text has in it what may well be a token, so that it must not be shown. */
bool holds_token(struct text text);

/* Of a token without problems: its organisation, as part of the text. */
struct text token_organisation(struct text token);
/* Whether it has another number of random characters than usual, which is worth a warning. */
bool token_has_unusual_length(struct text token);
/* tesa_mqtt_acme_..., the only form in which it is shown. */
void add_redacted_token(struct buffer *buffer, struct text token);
/* A mark to know it again by, from which it does not follow. */
void add_fingerprint(struct buffer *buffer, struct text token);

#endif
