#include "reasons.h"

#include <stdio.h>

/* "reason code 0x87" */
#define LABEL_BYTES 32

#define TOKEN_HELP                                                                                                   \
    "Check that the token is complete, has not expired and was not revoked (Admin UI, Organization Settings > MQTT " \
    "API "                                                                                                           \
    "Tokens). An outage of the platform's authentication looks the same."
#define FILTER_HELP                                                                                                 \
    "A token may only subscribe to telemetry of its own organisation's devices, such as \"device/+/telemetry/#\"; " \
    "check the "                                                                                                    \
    "device id if you named one."

/* As the versions of MQTT write them: a return code from 1 to 5, a reason code from 0x80 on. */
static const char *label_of(bool is_v5, uint8_t reason, char label[static LABEL_BYTES])
{
    if (is_v5)
        snprintf(label, LABEL_BYTES, "reason code 0x%02X", (unsigned int)reason);
    else
        snprintf(label, LABEL_BYTES, "return code %d", reason);
    return label;
}

void explain_connack(bool is_v5, uint8_t reason, struct failure *failure)
{
    char buffer[LABEL_BYTES];
    const char *label = label_of(is_v5, reason, buffer);
    /* Told apart by their size: those of MQTT 5 begin at 0x80. */
    switch (reason) {
    case MQTT_NOT_V5_UNACCEPTABLE_VERSION:
    case MQTT_UNSUPPORTED_VERSION:
        failure_set(failure, FAILURE_PROTOCOL_VERSION,
                    "The broker does not speak MQTT %s (%s). Set TESA_PROTOCOL_VERSION to \"auto\".",
                    is_v5 ? "5" : "3.1.1", label);
        break;
    case MQTT_NOT_V5_CLIENT_ID:
    case MQTT_CLIENT_ID_NOT_VALID:
        failure_set(failure, FAILURE_CLIENT_ID_REFUSED,
                    "The broker refused the client id (%s). Change MQTT_CLIENT_ID, or leave it out.", label);
        break;
    case MQTT_NOT_V5_BAD_PASSWORD:
    case MQTT_BAD_PASSWORD:
        failure_set(failure, FAILURE_TOKEN_REFUSED,
                    "The broker refused the token: bad user name or password (%s). " TOKEN_HELP, label);
        break;
    case MQTT_NOT_V5_NOT_AUTHORISED:
    case MQTT_NOT_AUTHORISED:
        failure_set(failure, FAILURE_TOKEN_REFUSED, "The broker refused the token: not authorised (%s). " TOKEN_HELP,
                    label);
        break;
    case MQTT_BANNED:
        failure_set(failure, FAILURE_TOKEN_REFUSED, "The broker has banned this client (%s). " TOKEN_HELP, label);
        break;
    default: failure_set(failure, FAILURE_BROKER_UNAVAILABLE, "The broker will not serve now (%s).", label);
    }
}

/* MQTT 5, 3.14.2.1. */
void explain_disconnect(uint8_t reason, struct failure *failure)
{
    char buffer[LABEL_BYTES];
    const char *label = label_of(true, reason, buffer);
    switch (reason) {
    case MQTT_NOT_AUTHORISED:
        failure_set(failure, FAILURE_SUBSCRIPTION_REFUSED,
                    "The broker refused the subscription and disconnected (%s). " FILTER_HELP, label);
        break;
    case MQTT_KEEP_ALIVE_TIMEOUT:
        failure_set(failure, FAILURE_CONNECTION_LOST, "The broker heard nothing for too long (%s).", label);
        break;
    case MQTT_TAKEN_OVER:
        failure_set(failure, FAILURE_TAKEN_OVER,
                    "Another client connected with the same client id (%s). Give each client its own "
                    "MQTT_CLIENT_ID, or none.",
                    label);
        break;
    case MQTT_MALFORMED_PACKET:
    case MQTT_PROTOCOL_ERROR:
    case MQTT_RECEIVE_MAXIMUM_EXCEEDED:
    case MQTT_PACKET_TOO_LARGE:
        failure_set(failure, FAILURE_CONNECTION_LOST, "The broker ended the connection over a packet (%s).", label);
        break;
    default: failure_set(failure, FAILURE_CONNECTION_LOST, "The broker ended the connection (%s).", label);
    }
}

void explain_suback(const struct list *filters, struct text codes, struct failure *failure)
{
    struct buffer named = { 0 };
    int code = 0;
    for (size_t index = 0; index < filters->count; index += 1) {
        int granted = index < codes.length ? (unsigned char)codes.data[index] : MQTT_REFUSED;
        if (granted < MQTT_REFUSED) continue;
        if (code == 0 && codes.length > 0) code = granted;
        buffer_format(&named, "%s\"%s\"", named.length > 0 ? ", " : "", filters->items[index]);
    }
    if (code != 0) buffer_format(&named, " (reason code 0x%02X)", (unsigned int)code);
    failure_set(failure, FAILURE_SUBSCRIPTION_REFUSED, "The broker refused the subscription to %s. " FILTER_HELP,
                named.length > 0 ? named.data : "");
    buffer_free(&named);
}

void explain_bad_packet(enum mqtt_result result, struct failure *failure)
{
    const char *what = result == MQTT_IS_TOO_LARGE ? "a packet that is larger than CONNECT allows" : "what is no MQTT";
    failure_set(failure, FAILURE_CONNECTION_LOST, "The broker sent %s; the connection was given up.", what);
}
