#include "broker_url.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"

/* Where EMQX, and so the platform, listens for WebSockets; anything else it answers with 404. */
#define DEFAULT_PATH "/mqtt"
#define PLATFORM_HOST "mqtt.tesaiot.com"
#define PLATFORM_PORT 8085
/* What follows a port that nobody has named. */
#define GUESS " (8085 is the port of TESAIoT; that of your broker may be another)"
#define NO_PORT (-1)
#define IMPOSSIBLE_PORT (-2)

/* Where other protocols listen by custom. No secure WebSocket is there. */
static const int32_t OTHER_PORTS[] = { 80, 443, 1883, 8080, 8083, 8883, 8884, 9001, 0 };

/* The parts of a text that has the form of a URL. */
struct parts {
    struct text scheme;
    struct text host;
    int32_t port;
    struct text path;
};

static bool is_letter(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool same_word(struct text text, const char *word)
{
    return text.length == strlen(word) && strncasecmp(text.data, word, text.length) == 0;
}

static int32_t parse_port(struct text digits)
{
    if (digits.length == 0) return NO_PORT;
    int32_t port = 0;
    for (size_t at = 0; at < digits.length; at += 1) {
        if (!is_digit(digits.data[at])) return IMPOSSIBLE_PORT;
        port = port * 10 + (digits.data[at] - '0');
        if (port > UINT16_MAX) return IMPOSSIBLE_PORT;
    }
    return port;
}

static bool is_scheme(struct text text)
{
    if (text.length == 0 || !is_letter(text.data[0])) return false;
    for (size_t at = 0; at < text.length; at += 1) {
        char character = text.data[at];
        if (!is_letter(character) && !is_digit(character) && strchr("+.-", character) == NULL) return false;
    }
    return true;
}

static size_t find_any(struct text text, const char *characters)
{
    for (size_t at = 0; at < text.length; at += 1)
        if (memchr(characters, text.data[at], strlen(characters)) != NULL) return at;
    return text.length;
}

static bool split(struct text text, struct parts *parts)
{
    size_t end = text_find(text, "://");
    if (end == NOT_FOUND || !is_scheme(text_slice(text, 0, end))) return false;
    struct text rest = text_after(text, end + 3);
    rest = text_slice(rest, 0, find_any(rest, "?#"));
    size_t slash = find_any(rest, "/");
    struct text authority = text_slice(rest, 0, slash);
    size_t colon = text_find_last(authority, ':');
    if (colon != NOT_FOUND && text_has_any(text_after(authority, colon), "]")) colon = NOT_FOUND;
    parts->scheme = text_slice(text, 0, end);
    parts->host = colon == NOT_FOUND ? authority : text_slice(authority, 0, colon);
    parts->port = colon == NOT_FOUND ? NO_PORT : parse_port(text_after(authority, colon + 1));
    parts->path = text_after(rest, slash);
    return true;
}

/* Whether a host is an address; what it is without its brackets is left in `address`. */
static int address_family(struct text host, unsigned char address[sizeof(struct in6_addr)])
{
    bool has_brackets = text_starts(host, "[") && text_ends(host, "]");
    char *bare = text_copy(has_brackets ? text_slice(host, 1, host.length - 1) : host);
    bool is_whole = strlen(bare) + (has_brackets ? 2 : 0) == host.length;
    int family = !is_whole                                        ? 0
        : !has_brackets && inet_pton(AF_INET, bare, address) == 1 ? AF_INET
        : has_brackets && inet_pton(AF_INET6, bare, address) == 1 ? AF_INET6
                                                                  : 0;
    free(bare);
    return family;
}

static bool is_host(struct text host)
{
    unsigned char address[sizeof(struct in6_addr)];
    if (text_starts(host, "[")) return address_family(host, address) == AF_INET6;
    /* A user before an @ is told of elsewhere. */
    return host.length > 0 && !text_has_any(host, "[] \\%<>^|");
}

static bool is_loopback(struct text host)
{
    static const unsigned char one[sizeof(struct in6_addr)] = { [15] = 1 };
    unsigned char address[sizeof(struct in6_addr)];
    if (same_word(host, "localhost")) return true;
    int family = address_family(host, address);
    return (family == AF_INET && address[0] == 127) || (family == AF_INET6 && memcmp(address, one, sizeof one) == 0);
}

static struct text path_of(struct text path)
{
    return path.length == 0 || text_is(path, "/") ? text_of(DEFAULT_PATH) : path;
}

/* What the user probably means: the platform's port and path, unless others were given that may be right. */
static void add_suggestion(struct buffer *buffer, struct text text)
{
    struct parts parts;
    bool is_safe = !text_has_any(text, "@") && text_find(text, TOKEN_PREFIX) == NOT_FOUND;
    if (!is_safe || !split(text, &parts) || !is_host(parts.host)) {
        buffer_string(buffer, DEFAULT_BROKER_URL);
        return;
    }
    bool is_web =
        !same_word(parts.scheme, "mqtt") && !same_word(parts.scheme, "mqtts") && !same_word(parts.scheme, "tcp");
    bool is_right = is_web && parts.port > 0;
    for (size_t index = 0; index < sizeof OTHER_PORTS / sizeof *OTHER_PORTS; index += 1)
        if (parts.port == OTHER_PORTS[index]) is_right = false;
    buffer_string(buffer, "wss://");
    add_printable(buffer, parts.host);
    int32_t port = is_right ? parts.port : PLATFORM_PORT;
    buffer_format(buffer, ":%d", port);
    add_printable(buffer, is_web ? path_of(parts.path) : text_of(DEFAULT_PATH));
    if (port != parts.port && !same_word(parts.host, PLATFORM_HOST)) buffer_string(buffer, GUESS);
}

static void find_scheme_problem(struct text text, struct buffer *problem)
{
    struct parts parts;
    if (!split(text, &parts)) {
        struct buffer guess = { 0 };
        bool looks_like_host = text.length > 0 && text_find(text, "//") == NOT_FOUND;
        for (size_t at = 0; at < text.length; at += 1)
            if (!is_letter(text.data[at]) && !is_digit(text.data[at]) && strchr(".-:/", text.data[at]) == NULL)
                looks_like_host = false;
        buffer_string(&guess, "wss://");
        if (looks_like_host) buffer_add(&guess, text);
        buffer_string(problem, "has no scheme: use ");
        add_suggestion(problem, buffer_text(&guess));
        buffer_free(&guess);
    } else if (!is_host(parts.host) || parts.port == IMPOSSIBLE_PORT) {
        buffer_string(problem, "is no valid URL: use one such as " DEFAULT_BROKER_URL);
    } else if (same_word(parts.scheme, "wss") || (same_word(parts.scheme, "ws") && is_loopback(parts.host))) {
        return;
    } else if (same_word(parts.scheme, "ws")) {
        buffer_string(problem, "would send the token unencrypted; ws:// is for this machine only (localhost): use ");
        add_suggestion(problem, text);
    } else {
        buffer_string(problem, "has the scheme ");
        add_printable(problem, text_slice(parts.scheme, 0, 20));
        buffer_string(problem, "://; the way in for applications is MQTT over secure WebSockets: use ");
        add_suggestion(problem, text);
    }
}

void find_broker_url_problems(struct text text, struct list *problems)
{
    bool has_stray = false;
    for (size_t at = 0; at < text.length;) {
        int32_t character = text_next(text, &at);
        if (character < 0 || is_space(character) || is_invisible(character)) has_stray = true;
    }
    if (has_stray) list_format(problems, "has spaces or control characters in it: remove them");
    if (text_has_any(text, "@"))
        list_format(problems,
                    "must not have a user or password in it: the token is both, and comes from MQTT_API_TOKEN");
    if (text_has_any(text, "?#")) list_format(problems, "must not have a ? or # in it: remove what follows the path");
    struct buffer problem = { 0 };
    find_scheme_problem(text, &problem);
    if (problem.length > 0) list_format(problems, "%s", problem.data);
    buffer_free(&problem);
}

struct broker_url parse_broker_url(struct text text)
{
    struct parts parts = { 0 };
    struct broker_url url = { 0 };
    if (!split(text, &parts)) return url;
    url.is_secure = same_word(parts.scheme, "wss");
    url.host = text_copy(parts.host);
    for (char *character = url.host; *character != '\0'; character += 1)
        if (*character >= 'A' && *character <= 'Z') *character = (char)(*character | 0x20);
    url.port = parts.port >= 0 ? (uint16_t)parts.port : url.is_secure ? 443 : 80;
    url.path = text_copy(path_of(parts.path));
    return url;
}

void add_broker_url(struct buffer *buffer, const struct broker_url *url)
{
    buffer_format(buffer, "%s://%s", url->is_secure ? "wss" : "ws", url->host);
    if (url->port != (url->is_secure ? 443 : 80)) buffer_format(buffer, ":%d", url->port);
    buffer_string(buffer, url->path);
}

void broker_url_free(struct broker_url *url)
{
    free(url->host);
    free(url->path);
    *url = (struct broker_url){ 0 };
}
