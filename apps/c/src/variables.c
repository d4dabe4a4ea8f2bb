#include "variables.h"

#include <stdlib.h>
#include <string.h>

#include "broker_url.h"
#include "memory.h"
#include "signing.h"
#include "target.h"
#include "token.h"
#include "topic.h"

#define SQLITE_PREFIX "sqlite:"

size_t split_items(struct text text, struct text **items)
{
    size_t count = 0;
    *items = NULL;
    for (bool is_last = false; !is_last;) {
        size_t comma = text_find(text, ",");
        struct text item = text_trim(text_slice(text, 0, comma));
        is_last = comma == NOT_FOUND;
        if (!is_last) text = text_after(text, comma + 1);
        size_t same = 0;
        while (same < count && !text_equals((*items)[same], item)) same += 1;
        if (same < count) continue;
        *items = must_resize(*items, (count + 1) * sizeof **items);
        (*items)[count] = item;
        count += 1;
    }
    return count;
}

static void find_list_problems(struct text text, void (*find)(struct text, struct list *), struct list *problems)
{
    struct text *items;
    size_t count = split_items(text, &items);
    for (size_t index = 0; index < count; index += 1) {
        struct list found = { 0 };
        struct buffer shown = { 0 };
        find(items[index], &found);
        find_string_problems(items[index], &found);
        find_control_characters(items[index], &found);
        add_quoted(&shown, items[index]);
        for (size_t each = 0; each < found.count; each += 1)
            list_format(problems, "has %s in it, which %s", shown.data, found.items[each]);
        buffer_free(&shown);
        list_free(&found);
    }
    free(items);
}

static void find_devices_problems(struct text text, struct list *problems)
{
    find_list_problems(text, find_device_problems, problems);
}

static void find_sensors_problems(struct text text, struct list *problems)
{
    find_list_problems(text, find_sensor_problems, problems);
}

static bool has_spaces_around(struct text text)
{
    return text_trim(text).length != text.length;
}

static void find_topic_problems(struct text filter, struct list *problems)
{
    if (text_starts(filter, "$share/")) {
        list_format(problems,
                    "is a shared subscription: give the filter after the group by itself, and the group as "
                    "TESA_SHARE");
        return;
    }
    size_t before = problems->count;
    find_filter_problems(filter, problems);
    find_control_characters(filter, problems);
    if (has_spaces_around(filter)) list_format(problems, "has spaces around it: remove them");
    bool has_problems = problems->count > before;
    if (has_problems && text_has_any(filter, ","))
        list_format(problems, "must be one filter: for several devices or sensors, name them instead");
    if (!has_problems && is_refused_to_tokens(filter))
        list_format(problems,
                    "is not telemetry alone, and a token may subscribe to nothing else: use "
                    "device/+/telemetry/# or a part of it");
}

static void find_client_id_problems(struct text client_id, struct list *problems)
{
    find_string_problems(client_id, problems);
    find_control_characters(client_id, problems);
}

/* MQTT 5, 4.8.2: a share name is one level, without wildcards. */
static void find_group_problems(struct text group, struct list *problems)
{
    find_client_id_problems(group, problems);
    if (text_has_any(group, "/+#")) list_format(problems, "has a /, + or # in it: a group is one word");
    if (has_spaces_around(group)) list_format(problems, "has spaces around it: remove them");
}

static void find_path_problems(struct text path, struct list *problems)
{
    if (text_find(path, "-----BEGIN") != NOT_FOUND)
        list_format(problems, "must be the path of a file, and is the content of one: name the file");
    else
        find_control_characters(path, problems);
}

static void find_version_problems(struct text version, struct list *problems)
{
    if (!text_is(version, "auto") && !text_is(version, "5") && !text_is(version, "3.1.1") && !text_is(version, "4"))
        list_format(problems, "must be auto, 5 or 3.1.1");
}

static void find_log_problems(struct text location, struct list *problems)
{
    if (text_is(location, "memory:")) return;
    struct text path = text_after(location, strlen(SQLITE_PREFIX));
    /* SQLite takes some names for something else than a file. */
    bool is_file = text_starts(location, SQLITE_PREFIX) && path.length > 0 && !text_starts(path, ":") &&
        !text_starts(path, "file:");
    if (is_file)
        find_path_problems(path, problems);
    else
        list_format(problems, "must be memory: or sqlite:<file>, such as sqlite:./telemetry.db");
}

const struct variable VARIABLES[] = {
    { .name = TOKEN_VARIABLE, .is_secret = true, .find_problems = find_token_problems },
    { .name = "TESA_TOKEN_FILE", .find_problems = find_path_problems },
    { .name = "MQTT_BROKER_URL", .usual = DEFAULT_BROKER_URL, .find_problems = find_broker_url_problems },
    { .name = "MQTT_TOPIC", .usual = "device/+/telemetry/#", .find_problems = find_topic_problems },
    { .name = "TESA_DEVICE", .find_problems = find_devices_problems },
    { .name = "TESA_SENSOR", .find_problems = find_sensors_problems },
    { .name = "MQTT_CLIENT_ID", .find_problems = find_client_id_problems },
    { .name = "MQTT_KEEPALIVE", .usual = "60", .unit = "seconds", .low = 1, .high = 65535 },
    { .name = "MQTT_RECONNECT_PERIOD", .usual = "1000", .unit = "milliseconds", .low = 1, .high = 30000 },
    { .name = "CA_CERT_PATH", .find_problems = find_path_problems },
    { .name = "TESA_PROTOCOL_VERSION", .usual = "auto", .find_problems = find_version_problems },
    { .name = "TESA_RECEIVE_MAXIMUM", .usual = "1000", .unit = "messages", .low = 1, .high = 65535 },
    { .name = "TESA_SESSION_EXPIRY", .usual = "300", .unit = "seconds", .low = 0, .high = UINT32_MAX },
    { .name = "TESA_BROKER_QUEUE", .usual = "1000", .unit = "messages", .low = 1, .high = 1000000000 },
    { .name = "TESA_SHARE", .find_problems = find_group_problems },
    { .name = "TESA_LOG", .usual = "memory:", .find_problems = find_log_problems },
    { .name = "TESA_WEBHOOK_URL", .find_problems = find_target_problems },
    { .name = "TESA_WEBHOOK_SECRET", .is_secret = true, .find_problems = find_secret_problems },
    { 0 },
};

const struct variable *find_variable(const char *name)
{
    for (const struct variable *variable = VARIABLES; variable->name != NULL; variable += 1)
        if (strcmp(variable->name, name) == 0) return variable;
    return NULL;
}

/* What has more digits than any bound is as good as the greatest number. */
uint64_t parse_number(struct text digits)
{
    uint64_t number = 0;
    for (size_t at = 0; at < digits.length; at += 1) {
        uint64_t digit = (uint64_t)(digits.data[at] - '0');
        if (number > (UINT64_MAX - digit) / 10) return UINT64_MAX;
        number = number * 10 + digit;
    }
    return number;
}

static bool is_number_within(const struct variable *variable, struct text text)
{
    for (size_t at = 0; at < text.length; at += 1)
        if (text.data[at] < '0' || text.data[at] > '9') return false;
    uint64_t number = parse_number(text);
    return number >= variable->low && number <= variable->high;
}

void find_value_problems(const struct variable *variable, struct text value, struct list *problems)
{
    if (strcmp(variable->name, TOKEN_VARIABLE) != 0 && holds_token(value))
        list_format(problems,
                    "has a token in it, and is no secret place: a token belongs into " TOKEN_VARIABLE " alone");
    else if (variable->find_problems != NULL)
        variable->find_problems(value, problems);
    else if (!is_number_within(variable, value))
        list_format(problems, "must be a whole number of %s from %llu to %llu, written in digits alone", variable->unit,
                    (unsigned long long)variable->low, (unsigned long long)variable->high);
}
