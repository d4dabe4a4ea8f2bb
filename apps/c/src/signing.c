#include "signing.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "memory.h"

#define PREFIX "whsec_"
#define HOW_TO "make one with: echo \"whsec_$(openssl rand -base64 32)\""
/* The limits of the specification: 192 to 512 bits. */
#define MIN_KEY_BYTES 24
#define MAX_KEY_BYTES 64
/* A signature in base64, ended by a zero. */
#define SIGNATURE_BYTES 45

static bool next_secret(struct text *rest, struct text *secret)
{
    *rest = text_trim(*rest);
    size_t end = 0;
    while (end < rest->length && !is_space((unsigned char)rest->data[end])) end += 1;
    *secret = text_slice(*rest, 0, end);
    *rest = text_after(*rest, end);
    return secret->length > 0;
}

static bool is_base64(char character)
{
    return (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
        (character >= '0' && character <= '9') || character == '+' || character == '/';
}

/* The bytes that a secret stands for; padding may be left off. False if it stands for none. */
static bool read_key(struct text secret, struct buffer *key)
{
    if (!text_starts(secret, PREFIX)) return false;
    struct text encoded = text_after(secret, strlen(PREFIX));
    while (text_ends(encoded, "=")) encoded.length -= 1;
    for (size_t at = 0; at < encoded.length; at += 1)
        if (!is_base64(encoded.data[at])) return false;
    if (encoded.length == 0 || encoded.length % 4 == 1) return false;
    struct buffer padded = { 0 };
    buffer_add(&padded, encoded);
    size_t missing = (4 - encoded.length % 4) % 4;
    buffer_string(&padded, missing == 2 ? "==" : missing == 1 ? "=" : "");
    unsigned char *bytes = (unsigned char *)buffer_reserve(key, padded.length);
    int length = EVP_DecodeBlock(bytes, (const unsigned char *)padded.data, (int)padded.length);
    key->length = length < 0 ? 0 : (size_t)length - missing;
    buffer_free(&padded);
    return length > 0;
}

void find_secret_problems(struct text secrets, struct list *problems)
{
    struct text secret;
    size_t count = 0;
    for (struct text rest = secrets; next_secret(&rest, &secret); count += 1) {
        struct buffer key = { 0 };
        if (!read_key(secret, &key))
            list_format(problems, "is not " PREFIX " followed by base64: " HOW_TO);
        else if (key.length < MIN_KEY_BYTES || key.length > MAX_KEY_BYTES)
            list_format(problems, "has %zu bytes, not %d to %d: " HOW_TO, key.length, MIN_KEY_BYTES, MAX_KEY_BYTES);
        buffer_free(&key);
    }
    if (count == 0) list_format(problems, "is empty: " HOW_TO);
}

void add_signature(struct buffer *header, struct text secrets, const char *id, int64_t timestamp_s, struct text body)
{
    struct buffer content = { 0 };
    struct text secret;
    buffer_format(&content, "%s.%lld.", id, (long long)timestamp_s);
    buffer_add(&content, body);
    for (struct text rest = secrets; next_secret(&rest, &secret);) {
        struct buffer key = { 0 };
        unsigned char digest[EVP_MAX_MD_SIZE], encoded[SIGNATURE_BYTES];
        unsigned length = 0;
        if (!read_key(secret, &key) ||
            HMAC(EVP_sha256(), key.data, (int)key.length, (const unsigned char *)content.data, content.length, digest,
                 &length) == NULL)
            abort();
        EVP_EncodeBlock(encoded, digest, (int)length);
        buffer_format(header, "%sv1,%s", header->length > 0 ? " " : "", (const char *)encoded);
        buffer_free(&key);
    }
    buffer_free(&content);
}
