#include "post.h"

#include <stdlib.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "memory.h"
#include "target.h"

#define TIMEOUT_S 15L
/* Of an answer no more is read. */
#define MAX_ANSWER_BYTES 16384

struct poster {
    CURL *curl;
    bool is_plain;
    const char *forbidden;
    size_t answer_bytes;
};

/* The very address that is connected to is looked at. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct poster *poster = context;
    (void)purpose;
    const char *reason = why_forbidden(&address->addr, poster->is_plain);
    if (reason == NULL) return socket(address->family, address->socktype, address->protocol);
    poster->forbidden = reason;
    return CURL_SOCKET_BAD;
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct poster *poster = context;
    (void)bytes;
    poster->answer_bytes += size * count;
    return poster->answer_bytes > MAX_ANSWER_BYTES ? 0 : size * count;
}

struct poster *poster_create(const char *url)
{
    struct poster *poster = must_allocate(sizeof *poster);
    CURL *curl = poster->curl = curl_easy_init();
    poster->is_plain = text_starts(text_of(url), "http:");
    if (curl == NULL || curl_easy_setopt(curl, CURLOPT_URL, url) != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK ||
        curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) != CURLE_OK) {
        poster_destroy(poster);
        return NULL;
    }
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "tesa-stream-c");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    /* A proxy would resolve the name once more, and connect where nobody looks. */
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, poster);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, poster);
    return poster;
}

void poster_destroy(struct poster *poster)
{
    if (poster == NULL) return;
    curl_easy_cleanup(poster->curl);
    free(poster);
}

void post(struct poster *poster, const char *const *headers, struct text body, struct answer *answer)
{
    CURL *curl = poster->curl;
    curl_off_t retry_after = 0;
    struct curl_slist *list = curl_slist_append(NULL, "content-type: application/json");
    for (; *headers != NULL; headers += 1) list = curl_slist_append(list, *headers);
    poster->forbidden = NULL;
    poster->answer_bytes = 0;
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.length);
    CURLcode result = curl_easy_perform(curl);
    curl_slist_free_all(list);
    buffer_clear(&answer->text);
    answer->status = 0;
    answer->is_forbidden = poster->forbidden != NULL;
    /* An answer that is too long is one. */
    if (result == CURLE_OK || result == CURLE_WRITE_ERROR) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
        curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
    }
    answer->retry_after_s = retry_after;
    if (answer->is_forbidden)
        buffer_format(&answer->text, "not sent: %s", poster->forbidden);
    else if (answer->status != 0)
        buffer_format(&answer->text, "answered %ld", answer->status);
    else
        buffer_format(&answer->text, "no answer: %s", curl_easy_strerror(result));
}
