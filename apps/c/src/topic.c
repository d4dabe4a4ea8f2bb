#include "topic.h"

/* The next level, which is taken off the rest; false when there is none left. */
static bool next_level(struct text *rest, struct text *level)
{
    if (rest->data == NULL) return false;
    size_t slash = text_find(*rest, "/");
    *level = text_slice(*rest, 0, slash);
    *rest = slash == NOT_FOUND ? (struct text){ NULL, 0 } : text_after(*rest, slash + 1);
    return true;
}

struct topic parse_topic(struct text topic)
{
    struct topic parsed = { 0 };
    struct text rest = topic, root, device, branch;
    if (!next_level(&rest, &root) || !(text_is(root, "device") || text_is(root, "devices"))) return parsed;
    if (!next_level(&rest, &device) || device.length == 0) return parsed;
    if (!next_level(&rest, &branch) || !text_is(branch, "telemetry")) return parsed;
    parsed.is_telemetry = true;
    parsed.device_id = device;
    parsed.has_sensor = rest.data != NULL;
    parsed.sensor = rest;
    return parsed;
}

static void find_wildcards(struct text text, struct list *problems)
{
    if (text_has_any(text, "+#")) list_format(problems, "holds a wildcard, + or #: write it without");
}

void find_device_problems(struct text device, struct list *problems)
{
    if (device.length == 0) {
        list_format(problems, "is empty: name a device");
        return;
    }
    find_wildcards(device, problems);
    if (text_has_any(device, "/"))
        list_format(problems, "holds a /: a device id is one level of a topic, so write it without");
}

void find_sensor_problems(struct text sensor, struct list *problems)
{
    if (sensor.length == 0)
        list_format(problems, "is empty: name a sensor");
    else
        find_wildcards(sensor, problems);
}

void find_filter_problems(struct text filter, struct list *problems)
{
    if (filter.length == 0) {
        list_format(problems, "is empty: give a topic filter such as device/+/telemetry/#");
        return;
    }
    find_string_problems(filter, problems);
    bool has_plus = false, has_hash = false, has_early = false;
    struct text rest = filter, level;
    while (next_level(&rest, &level)) {
        if (level.length > 1 && text_has_any(level, "+")) has_plus = true;
        if (level.length > 1 && text_has_any(level, "#")) has_hash = true;
        if (text_is(level, "#") && rest.data != NULL) has_early = true;
    }
    if (has_plus)
        list_format(problems,
                    "has a + beside other characters: a + stands for a whole level, so write it alone between "
                    "slashes");
    if (has_hash) list_format(problems, "has a # beside other characters: write it alone after the last slash");
    if (has_early)
        list_format(problems, "has a # before its last level: # stands for all that follows, so it comes last");
}

bool is_refused_to_tokens(struct text filter)
{
    struct text rest = filter, level;
    if (text_starts(filter, "$")) return true;
    if (!next_level(&rest, &level) || text_is(level, "#")) return true;
    if (!text_is(level, "device") && !text_is(level, "devices")) return false;
    if (!next_level(&rest, &level) || level.length == 0 || text_is(level, "#")) return true;
    return !next_level(&rest, &level) || !text_is(level, "telemetry");
}
