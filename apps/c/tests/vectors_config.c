#include "vectors_config.h"

#include "check.h"
#include "config.h"
#include "variables.h"

static bool holds(struct text text, const char *part)
{
    return text_find(text, part) != NOT_FOUND;
}

/* A problem begins with the variable that it is about, or with two of which only one may be set. */
static bool names(const char *problem, const char *name)
{
    struct buffer second = { 0 };
    struct text first = text_slice(text_of(problem), 0, text_find(text_of(problem), " "));
    buffer_format(&second, " and %s are both set", name);
    bool is_named = text_is(first, name) || holds(text_of(problem), second.data);
    buffer_free(&second);
    return is_named;
}

static void check_problems(const struct list *problems, const struct tree *expected)
{
    const struct tree *wanted = tree_get(expected, "problems");
    for (const struct variable *variable = VARIABLES; variable->name != NULL; variable += 1) {
        bool is_named = false, is_wanted = false;
        for (size_t index = 0; index < problems->count; index += 1)
            if (names(problems->items[index], variable->name)) is_named = true;
        for (const struct tree *name = wanted->first; name != NULL; name = name->next)
            if (text_is(tree_text(name), variable->name)) is_wanted = true;
        expect(is_named == is_wanted, "%s is %s", variable->name, is_named ? "complained of" : "not complained of");
    }
    const struct tree *ends = tree_get(expected, "endsWith");
    for (const struct tree *end = ends == NULL ? NULL : ends->first; end != NULL; end = end->next) {
        bool is_said = false;
        for (size_t index = 0; index < problems->count; index += 1)
            if (text_ends(text_of(problems->items[index]), tree_text(end).data)) is_said = true;
        expect(is_said, "no problem ends so: %s", problems->items[0]);
    }
    const struct tree *never_shown = tree_get(expected, "neverShown");
    for (const struct tree *secret = never_shown == NULL ? NULL : never_shown->first; secret != NULL;
         secret = secret->next)
        for (size_t index = 0; index < problems->count; index += 1)
            expect(!holds(text_of(problems->items[index]), tree_text(secret).data), "a problem shows a secret");
}

static void expect_text(const struct tree *config, const char *key, const char *value)
{
    const struct tree *expected = tree_get(config, key);
    if (expected == NULL) return;
    if (expected->kind == TREE_NULL)
        expect(value == NULL, "%s is %s", key, value == NULL ? "" : value);
    else
        expect(value != NULL && text_is(tree_text(expected), value), "%s is %s", key,
               value == NULL ? "missing" : value);
}

static void expect_number(const struct tree *config, const char *key, double value)
{
    const struct tree *expected = tree_get(config, key);
    expect(expected == NULL || expected->number == value, "%s is %.0f", key, value);
}

static void check_settings(const struct config *config, const struct tree *expected)
{
    static const char *const versions[] = { "auto", "3.1.1", "5" };
    struct buffer url = { 0 }, log = { 0 };
    add_broker_url(&url, &config->broker);
    buffer_format(&log, config->log_path == NULL ? "memory:" : "sqlite:%s", config->log_path);
    expect_text(expected, "brokerUrl", url.data);
    expect_text(expected, "tokenFile", config->token_file);
    expect_text(expected, "clientId", config->client_id);
    expect_text(expected, "caCertPath", config->ca_cert_path);
    expect_text(expected, "protocolVersion", versions[config->protocol]);
    expect_text(expected, "share", config->share);
    expect_text(expected, "log", log.data);
    expect_text(expected, "webhookUrl", config->webhook_url);
    expect_number(expected, "keepAliveSeconds", config->keep_alive_seconds);
    expect_number(expected, "firstBackoffMs", config->first_backoff_ms);
    expect_number(expected, "receiveMaximum", config->receive_maximum);
    expect_number(expected, "sessionExpirySeconds", config->session_expiry_seconds);
    expect_number(expected, "brokerQueue", config->broker_queue);
    const struct tree *filters = tree_get(expected, "filters");
    expect(filters == NULL || tree_count(filters) == config->filters.count, "there are %zu filters",
           config->filters.count);
    for (const struct tree *filter = filters == NULL ? NULL : filters->first; filter != NULL; filter = filter->next) {
        bool is_there = false;
        for (size_t index = 0; index < config->filters.count; index += 1)
            if (text_is(tree_text(filter), config->filters.items[index])) is_there = true;
        expect(is_there, "the filter %s is missing", tree_text(filter).data);
    }
    buffer_free(&url);
    buffer_free(&log);
}

void check_config(const struct tree *each)
{
    const struct tree *expected = tree_get(each, "expected");
    struct record record = { 0 };
    struct config config;
    struct list problems = { 0 };
    for (const struct tree *setting = tree_get(each, "input")->first; setting != NULL; setting = setting->next)
        record_set(&record, setting->key.data, tree_text(setting));
    bool is_fine = parse_config(&record, &config, &problems);
    expect(is_fine == (tree_get(expected, "problems") == NULL), "%s", is_fine ? "no problems" : problems.items[0]);
    if (!is_fine && tree_get(expected, "problems") != NULL) check_problems(&problems, expected);
    if (is_fine && tree_get(expected, "config") != NULL) check_settings(&config, tree_get(expected, "config"));
    config_free(&config);
    list_free(&problems);
    record_free(&record);
}
