#include "target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#define ADDRESS_BYTES sizeof(struct in6_addr)
#define FORBIDDEN "link-local, metadata, multicast, reserved and unspecified addresses are never sent to"
#define READABLE "everybody on the way can read plain http, which is for private addresses only; use https://"

struct network {
    const char *address;
    unsigned bits;
};

/* Where no receiver can be, but where the secrets of a machine in a cloud may be. */
static const struct network NOWHERE[] = {
    { "0.0.0.0", 8 },
    /* Link-local, and the metadata services of most clouds; those of Alibaba, Azure and Oracle. */
    { "169.254.0.0", 16 },
    { "100.100.100.200", 32 },
    { "168.63.129.16", 32 },
    { "192.0.0.192", 32 },
    { "224.0.0.0", 4 },
    { "240.0.0.0", 4 },
    { "::", 128 },
    { "fe80::", 10 },
    { "fec0::", 10 },
    { "ff00::", 8 },
    /* The metadata of AWS, Google and Scaleway. */
    { "fd00:ec2::", 32 },
    { "fd20:ce::", 32 },
    { "fd00:42::", 32 },
    { NULL, 0 },
};

static const struct network PRIVATE[] = {
    { "10.0.0.0", 8 },    { "172.16.0.0", 12 }, { "192.168.0.0", 16 }, { "127.0.0.0", 8 },
    { "100.64.0.0", 10 }, { "::1", 128 },       { "fc00::", 7 },       { NULL, 0 },
};

/* Names under which clouds offer their metadata; some resolve only inside. */
static const char *const METADATA_NAMES[] = { "metadata", "metadata.google.internal", "metadata.goog",
                                              "instance-data" };

/* Of 4 or 16 bytes. */
struct address {
    size_t length;
    unsigned char bytes[ADDRESS_BYTES];
};

static bool parse_address(const char *text, struct address *address)
{
    address->length = 4;
    if (inet_pton(AF_INET, text, address->bytes) == 1) return true;
    address->length = ADDRESS_BYTES;
    return inet_pton(AF_INET6, text, address->bytes) == 1;
}

/* An IPv4 address inside an IPv6 one (mapped, or 6to4) is what counts. */
static struct address carried(struct address address)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    bool is_mapped = address.length == ADDRESS_BYTES && memcmp(address.bytes, mapped, sizeof mapped) == 0;
    bool is_6to4 = address.length == ADDRESS_BYTES && address.bytes[0] == 0x20 && address.bytes[1] == 0x02;
    if (!is_mapped && !is_6to4) return address;
    struct address inside = { .length = 4 };
    memcpy(inside.bytes, address.bytes + (is_mapped ? sizeof mapped : 2), 4);
    return inside;
}

static bool is_in(struct address address, const struct network *networks)
{
    address = carried(address);
    for (; networks->address != NULL; networks += 1) {
        struct address network;
        if (!parse_address(networks->address, &network) || network.length != address.length) continue;
        unsigned whole = networks->bits / 8, rest = networks->bits % 8;
        unsigned char mask = (unsigned char)(0xff << (8 - rest));
        if (memcmp(network.bytes, address.bytes, whole) == 0 &&
            (rest == 0 || (network.bytes[whole] & mask) == (address.bytes[whole] & mask)))
            return true;
    }
    return false;
}

static const char *judge(struct address address, bool is_plain)
{
    if (is_in(address, NOWHERE)) return FORBIDDEN;
    return is_plain && !is_in(address, PRIVATE) ? READABLE : NULL;
}

const char *why_forbidden(const struct sockaddr *address, bool is_plain)
{
    struct address bytes;
    if (address->sa_family == AF_INET) {
        bytes.length = 4;
        memcpy(bytes.bytes, &((const struct sockaddr_in *)address)->sin_addr, bytes.length);
    } else if (address->sa_family == AF_INET6) {
        bytes.length = ADDRESS_BYTES;
        memcpy(bytes.bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, bytes.length);
    } else {
        return FORBIDDEN;
    }
    return judge(bytes, is_plain);
}

/* A part of a URL, which is freed by curl_free(); NULL if it has none. */
static char *part_of(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    return curl_url_get(url, part, &text, 0) == CURLUE_OK ? text : NULL;
}

static const char *judge_host(char *host, bool is_plain)
{
    struct address address;
    size_t length = strlen(host);
    /* A full stop at the end of a name changes nothing. */
    if (length > 0 && host[length - 1] == '.') host[length - 1] = '\0';
    for (size_t index = 0; index < sizeof METADATA_NAMES / sizeof *METADATA_NAMES; index += 1)
        if (strcasecmp(host, METADATA_NAMES[index]) == 0) return FORBIDDEN;
    struct text bare = text_of(host);
    if (text_starts(bare, "[")) bare = text_slice(bare, 1, bare.length - 1);
    char *text = text_copy(bare);
    bool is_address = parse_address(text, &address);
    free(text);
    return is_address ? judge(address, is_plain) : NULL;
}

void find_target_problems(struct text text, struct list *problems)
{
    CURLU *url = curl_url();
    char *copy = text_copy(text);
    bool is_url = strlen(copy) == text.length && curl_url_set(url, CURLUPART_URL, copy, 0) == CURLUE_OK;
    char *scheme = part_of(url, CURLUPART_SCHEME), *host = part_of(url, CURLUPART_HOST);
    char *user = part_of(url, CURLUPART_USER), *password = part_of(url, CURLUPART_PASSWORD);
    bool is_plain = scheme != NULL && strcmp(scheme, "http") == 0;
    if (!is_url || host == NULL || scheme == NULL || (!is_plain && strcmp(scheme, "https") != 0)) {
        list_format(problems, "is no valid URL: use https://host/path");
    } else {
        const char *reason = judge_host(host, is_plain);
        if (user != NULL || password != NULL)
            list_format(problems, "has a user or a password in it; the signature tells the receiver who sends");
        if (reason != NULL) list_format(problems, "leads to %s: %s", host, reason);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(password);
    curl_url_cleanup(url);
    free(copy);
}

void add_shown_target(struct buffer *buffer, const char *text)
{
    CURLU *url = curl_url();
    if (curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK) {
        char *scheme = part_of(url, CURLUPART_SCHEME), *host = part_of(url, CURLUPART_HOST);
        char *port = part_of(url, CURLUPART_PORT);
        buffer_format(buffer, "%s://%s", scheme == NULL ? "" : scheme, host == NULL ? "" : host);
        if (port != NULL) buffer_format(buffer, ":%s", port);
        curl_free(scheme);
        curl_free(host);
        curl_free(port);
    }
    curl_url_cleanup(url);
}
