/* Topics of the platform and the filters that choose among them. */
#ifndef TESA_TOPIC_H
#define TESA_TOPIC_H

#include "buffer.h"

/* What a telemetry topic says. */
struct topic {
    /* False for any other topic: then there is neither device nor sensor. */
    bool is_telemetry;
    struct text device_id;
    bool has_sensor;
    /* "motor/2/rpm" where it has several levels. */
    struct text sensor;
};

/* Reads device/<id>/telemetry[/<sensor>]; some of the platform's material spells the first level "devices". */
struct topic parse_topic(struct text topic);

/* Problems complete a sentence that begins with the name of the thing. */
void find_device_problems(struct text device, struct list *problems);
void find_sensor_problems(struct text sensor, struct list *problems);
/* By the rules of MQTT (4.7). */
void find_filter_problems(struct text filter, struct list *problems);
/* Whether a filter is clearly more than telemetry, or something else. */
bool is_refused_to_tokens(struct text filter);

#endif
