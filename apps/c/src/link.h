/* MQTT over the WebSocket: one connection at a time, kept alive by pings. */
#ifndef TESA_LINK_H
#define TESA_LINK_H

#include "arrival.h"
#include "mqtt.h"
#include "websocket.h"

struct link;

struct link_events {
    void (*accepted)(void *context, bool session_present);
    /* One byte for each filter: what was granted, or why it was refused. */
    void (*subscribed)(void *context, struct text codes);
    void (*unsubscribed)(void *context);
    /* Its texts are gone afterwards. */
    void (*arrived)(void *context, const struct arrival *arrival);
    /* `close_code` is that of the broker's close frame, or 0 if none came. */
    void (*ended)(void *context, const struct failure *failure, int close_code);
    void *context;
};

/* NULL if there is no memory for it. */
struct link *link_create(const struct broker_url *url, struct tls *tls, struct link_events events);
void link_destroy(struct link *link);

/* Begins to connect. What `connect` names must stay until the connection is accepted or has ended. */
void link_open(struct link *link, const struct mqtt_connect *connect);
void link_subscribe(struct link *link, const struct list *filters);
void link_unsubscribe(struct link *link, const struct list *filters);
/* Leaves with link_flush(), many together. */
void link_acknowledge(struct link *link, uint16_t packet_id);
void link_flush(struct link *link);
/* Says goodbye; the broker ends the connection. */
void link_disconnect(struct link *link, uint32_t session_expiry_seconds);
/* Gives the connection up; no event follows. */
void link_abandon(struct link *link);
/* As websocket_hold(). */
void link_hold(struct link *link, bool holds);

/* Waits for something to happen, but no longer than so many milliseconds, and deals with it. */
void link_run(struct link *link, int64_t timeout_ms);
/* Ends the wait; for other threads. */
void link_wake(struct link *link);

#endif
