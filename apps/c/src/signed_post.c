#include "signed_post.h"

#include <time.h>

#include "signing.h"

void post_signed(struct poster *poster, const char *secrets, const struct webhook_body *body, struct answer *answer)
{
    struct buffer id = { 0 }, timestamp = { 0 }, signature = { 0 }, values = { 0 };
    int64_t now_s = (int64_t)time(NULL);
    add_signature(&values, text_of(secrets), body->id.data, now_s, buffer_text(&body->json));
    buffer_format(&id, "webhook-id: %s", body->id.data);
    buffer_format(&timestamp, "webhook-timestamp: %lld", (long long)now_s);
    buffer_format(&signature, "webhook-signature: %s", values.data);
    const char *headers[] = { id.data, timestamp.data, signature.data, NULL };
    post(poster, headers, buffer_text(&body->json), answer);
    buffer_free(&id);
    buffer_free(&timestamp);
    buffer_free(&signature);
    buffer_free(&values);
}
