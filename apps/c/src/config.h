/* The configuration, checked: every problem is found at once. */
#ifndef TESA_CONFIG_H
#define TESA_CONFIG_H

#include <stdint.h>

#include "broker_url.h"
#include "record.h"

/* MQTT 5 first and 3.1.1 when the broker knows no 5, or one of them alone. */
enum protocol { PROTOCOL_AUTO, PROTOCOL_3_1_1, PROTOCOL_5 };

/* Texts that may be missing are NULL then. */
struct config {
    struct broker_url broker;
    /* One of these two. The file is read anew at each connect, so that a rotated token needs no restart. */
    char *token;
    char *token_file;
    struct list filters;
    /* NULL: the session's own random one. */
    char *client_id;
    uint16_t keep_alive_seconds;
    uint32_t first_backoff_ms;
    /* PEM file of a CA to trust instead of the system's. */
    char *ca_cert_path;
    enum protocol protocol;
    uint16_t receive_maximum;
    uint32_t session_expiry_seconds;
    /* How many messages the broker keeps for an absent client before it drops the oldest. */
    uint32_t broker_queue;
    char *share;
    /* NULL: messages are kept nowhere. */
    char *log_path;
    char *webhook_url;
    /* Separated by spaces. */
    char *webhook_secrets;
};

/* Checks a configuration; names that it does not know are ignored, and a variable that is set but empty is a mistake
 * like any other. False if there are problems, one line for each; none of them shows a secret. */
bool parse_config(const struct record *record, struct config *config, struct list *problems);
void config_free(struct config *config);

#endif
