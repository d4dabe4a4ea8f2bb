#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "token.h"
#include "variables.h"

/* How long the broker keeps the session of a worker in a group: the others soon get what it leaves. */
#define SHARE_SESSION_EXPIRY "5"
#define SQLITE_PREFIX "sqlite:"

static bool is_set(const struct record *record, const char *name)
{
    return record_find(record, name) != NULL;
}

static bool is_set_to(const struct record *record, const char *name, const char *value)
{
    const struct text *found = record_find(record, name);
    return found != NULL && text_is(*found, value);
}

static bool is_empty(const struct text *value)
{
    return value != NULL && text_trim(*value).length == 0;
}

/* The value that applies; its `data` is NULL where there is none. */
static struct text value_of(const struct record *record, const char *name)
{
    const struct text *given = record_find(record, name);
    if (given != NULL && !is_empty(given)) return *given;
    if (strcmp(name, "TESA_SESSION_EXPIRY") == 0 && is_set(record, "TESA_SHARE")) return text_of(SHARE_SESSION_EXPIRY);
    const char *usual = find_variable(name)->usual;
    return usual == NULL ? (struct text){ NULL, 0 } : text_of(usual);
}

static void find_empty(const struct variable *variable, struct list *problems)
{
    if (strcmp(variable->name, TOKEN_VARIABLE) == 0)
        list_format(problems, "%s is set but empty: put a token there (" TOKEN_ORIGIN ").", variable->name);
    else if (variable->usual != NULL)
        list_format(problems, "%s is set but empty: give it a value, or remove it for the default, %s.", variable->name,
                    variable->usual);
    else
        list_format(problems, "%s is set but empty: give it a value, or remove it.", variable->name);
}

static void find_share_problems(const struct record *record, struct list *problems)
{
    if (is_set_to(record, "TESA_PROTOCOL_VERSION", "3.1.1") || is_set_to(record, "TESA_PROTOCOL_VERSION", "4"))
        list_format(problems, "TESA_SHARE needs MQTT 5, but TESA_PROTOCOL_VERSION is 3.1.1: remove one of them.");
    if (is_set_to(record, "TESA_SESSION_EXPIRY", "0"))
        list_format(problems,
                    "TESA_SESSION_EXPIRY is 0: with TESA_SHARE the broker would throw away what a worker had not "
                    "acknowledged when it stops. Give it a few seconds, or remove it.");
}

static void find_webhook_problems(const struct record *record, struct list *problems)
{
    bool has_url = is_set(record, "TESA_WEBHOOK_URL"), has_secret = is_set(record, "TESA_WEBHOOK_SECRET");
    const struct text *log = record_find(record, "TESA_LOG");
    if (has_url && !has_secret)
        list_format(problems,
                    "TESA_WEBHOOK_SECRET is not set, and signs what the webhook gets: make one with: echo "
                    "\"whsec_$(openssl rand -base64 32)\".");
    if (has_secret && !has_url) list_format(problems, "TESA_WEBHOOK_SECRET is set without TESA_WEBHOOK_URL.");
    if (has_url && (log == NULL || !text_starts(*log, SQLITE_PREFIX)))
        list_format(problems, "TESA_WEBHOOK_URL needs a log that lasts: set TESA_LOG to sqlite:<file>.");
}

static void find_combination_problems(const struct record *record, struct list *problems)
{
    static const char *const pairs[][2] = {
        { TOKEN_VARIABLE, "TESA_TOKEN_FILE" },
        { "MQTT_TOPIC", "TESA_DEVICE" },
        { "MQTT_TOPIC", "TESA_SENSOR" },
    };
    if (!is_set(record, TOKEN_VARIABLE) && !is_set(record, "TESA_TOKEN_FILE"))
        list_format(problems,
                    TOKEN_VARIABLE " is not set: make a token (" TOKEN_ORIGIN
                                   ") and put it into .env as " TOKEN_VARIABLE "=" TOKEN_PREFIX
                                   "..., or name a file that holds it by TESA_TOKEN_FILE.");
    for (size_t index = 0; index < sizeof pairs / sizeof *pairs; index += 1)
        if (is_set(record, pairs[index][0]) && is_set(record, pairs[index][1]))
            list_format(problems, "%s and %s are both set, but only one can apply: remove one.", pairs[index][0],
                        pairs[index][1]);
    if (is_set(record, "TESA_SHARE")) find_share_problems(record, problems);
    find_webhook_problems(record, problems);
}

static void find_problems(const struct variable *variable, struct text value, struct list *problems)
{
    struct list found = { 0 };
    struct buffer shown = { 0 };
    find_value_problems(variable, value, &found);
    buffer_string(&shown, variable->name);
    if (strcmp(variable->name, "MQTT_BROKER_URL") == 0) {
        buffer_string(&shown, " ");
        add_quoted_url(&shown, value);
    } else if (strcmp(variable->name, "TESA_WEBHOOK_URL") == 0) {
        buffer_string(&shown, " (not shown, since its path can be a secret)");
    } else if (!variable->is_secret) {
        buffer_string(&shown, " ");
        add_quoted(&shown, value);
    }
    for (size_t index = 0; index < found.count; index += 1)
        list_format(problems, "%s %s.", shown.data, found.items[index]);
    buffer_free(&shown);
    list_free(&found);
}

static void add_filter(struct config *config, const struct text *device, const struct text *sensor)
{
    struct buffer filter = { 0 };
    if (config->share != NULL) buffer_format(&filter, "$share/%s/", config->share);
    buffer_string(&filter, "device/");
    buffer_add(&filter, device == NULL ? text_of("+") : *device);
    buffer_string(&filter, "/telemetry/");
    buffer_add(&filter, sensor == NULL ? text_of("#") : *sensor);
    list_own(&config->filters, filter.data);
}

/* Each named device with each named sensor: no message matches two of them. */
static void add_filters(struct config *config, const struct record *record)
{
    struct text devices = value_of(record, "TESA_DEVICE"), sensors = value_of(record, "TESA_SENSOR");
    if (devices.data == NULL && sensors.data == NULL) {
        struct buffer filter = { 0 };
        /* MQTT 5, 4.8.2. */
        if (config->share != NULL) buffer_format(&filter, "$share/%s/", config->share);
        buffer_add(&filter, value_of(record, "MQTT_TOPIC"));
        list_own(&config->filters, filter.data);
        return;
    }
    struct text *device_items = NULL, *sensor_items = NULL;
    size_t device_count = devices.data == NULL ? 1 : split_items(devices, &device_items);
    size_t sensor_count = sensors.data == NULL ? 1 : split_items(sensors, &sensor_items);
    for (size_t device = 0; device < device_count; device += 1)
        for (size_t sensor = 0; sensor < sensor_count; sensor += 1)
            add_filter(config, device_items == NULL ? NULL : &device_items[device],
                       sensor_items == NULL ? NULL : &sensor_items[sensor]);
    free(device_items);
    free(sensor_items);
}

static char *copy_of(const struct record *record, const char *name)
{
    struct text value = value_of(record, name);
    return value.data == NULL ? NULL : text_copy(value);
}

static void fill(struct config *config, const struct record *record)
{
    struct text version = value_of(record, "TESA_PROTOCOL_VERSION"), log = value_of(record, "TESA_LOG");
    config->broker = parse_broker_url(value_of(record, "MQTT_BROKER_URL"));
    config->token = copy_of(record, TOKEN_VARIABLE);
    config->token_file = copy_of(record, "TESA_TOKEN_FILE");
    config->client_id = copy_of(record, "MQTT_CLIENT_ID");
    config->keep_alive_seconds = (uint16_t)parse_number(value_of(record, "MQTT_KEEPALIVE"));
    config->first_backoff_ms = (uint32_t)parse_number(value_of(record, "MQTT_RECONNECT_PERIOD"));
    config->ca_cert_path = copy_of(record, "CA_CERT_PATH");
    config->receive_maximum = (uint16_t)parse_number(value_of(record, "TESA_RECEIVE_MAXIMUM"));
    config->session_expiry_seconds = (uint32_t)parse_number(value_of(record, "TESA_SESSION_EXPIRY"));
    config->broker_queue = (uint32_t)parse_number(value_of(record, "TESA_BROKER_QUEUE"));
    config->share = copy_of(record, "TESA_SHARE");
    config->protocol = text_is(version, "5") || config->share != NULL ? PROTOCOL_5
        : text_is(version, "auto")                                    ? PROTOCOL_AUTO
                                                                      : PROTOCOL_3_1_1;
    if (text_starts(log, SQLITE_PREFIX)) config->log_path = text_copy(text_after(log, strlen(SQLITE_PREFIX)));
    config->webhook_url = copy_of(record, "TESA_WEBHOOK_URL");
    config->webhook_secrets = copy_of(record, "TESA_WEBHOOK_SECRET");
    add_filters(config, record);
}

bool parse_config(const struct record *record, struct config *config, struct list *problems)
{
    *config = (struct config){ 0 };
    for (const struct variable *variable = VARIABLES; variable->name != NULL; variable += 1)
        if (is_empty(record_find(record, variable->name))) find_empty(variable, problems);
    find_combination_problems(record, problems);
    for (const struct variable *variable = VARIABLES; variable->name != NULL; variable += 1) {
        struct text value = value_of(record, variable->name);
        if (value.data != NULL) find_problems(variable, value, problems);
    }
    if (problems->count > 0) return false;
    fill(config, record);
    return true;
}

void config_free(struct config *config)
{
    broker_url_free(&config->broker);
    free(config->token);
    free(config->token_file);
    list_free(&config->filters);
    free(config->client_id);
    free(config->ca_cert_path);
    free(config->share);
    free(config->log_path);
    free(config->webhook_url);
    free(config->webhook_secrets);
    *config = (struct config){ 0 };
}
