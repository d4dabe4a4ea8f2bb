#include "link.h"

#include <stdlib.h>

#include "clock.h"
#include "memory.h"
#include "reasons.h"

/* A few of the largest packets that the platform lets through (10 MB). */
#define MAX_PACKET_BYTES (64 * 1024 * 1024)
/* A busy machine may need that long to read a PINGRESP; beyond it half of the keep-alive counts. */
#define MIN_PONG_WAIT_MS 3000
#define NEVER INT64_MAX

struct link {
    struct websocket *socket;
    struct link_events events;
    struct mqtt_connect connect;
    struct mqtt_reader reader;
    uint16_t next_packet_id;
    bool is_open;
    bool is_held;
    /* 0 before the connection is accepted. */
    int64_t keep_alive_ms;
    int64_t sent_at;
    int64_t heard_at;
    /* When a ping was sent that is not answered yet; NEVER: there is none. */
    int64_t pinged_at;
};

static void end(struct link *link, const struct failure *failure, int close_code)
{
    link_abandon(link);
    link->events.ended(link->events.context, failure, close_code);
}

static void flush(struct link *link)
{
    link->sent_at = monotonic_ms();
    websocket_flush(link->socket);
}

static void on_opened(void *context)
{
    struct link *link = context;
    mqtt_add_connect(websocket_out(link->socket), &link->connect);
    flush(link);
}

static bool refuse(struct link *link, struct failure *failure)
{
    end(link, failure, 0);
    failure_free(failure);
    return false;
}

static bool on_connack(struct link *link, const struct mqtt_packet *packet)
{
    struct failure failure = { 0 };
    if (packet->reason != 0) {
        explain_connack(link->connect.is_v5, packet->reason, &failure);
        return refuse(link, &failure);
    }
    /* MQTT 5, 3.2.2.3.14: the broker's word counts. */
    int64_t seconds = packet->keep_alive_seconds != 0 ? packet->keep_alive_seconds : link->connect.keep_alive_seconds;
    link->keep_alive_ms = seconds * 1000;
    link->events.accepted(link->events.context, packet->session_present);
    return true;
}

static bool on_publish(struct link *link, const struct mqtt_packet *packet)
{
    struct failure failure = { 0 };
    if (packet->qos > 1) {
        failure_set(&failure, FAILURE_CONNECTION_LOST, "The broker sent QoS 2, which was not subscribed.");
        return refuse(link, &failure);
    }
    struct arrival arrival = {
        .topic = packet->topic,
        .payload = packet->payload,
        .packet_id = packet->packet_id,
        .duplicate = packet->duplicate,
        .retained = packet->retained,
        .received_at = now_ms(),
    };
    link->events.arrived(link->events.context, &arrival);
    return true;
}

static bool on_packet(void *context, const struct mqtt_packet *packet)
{
    struct link *link = context;
    struct failure failure = { 0 };
    bool is_accepted = link->keep_alive_ms != 0;
    /* Given up over the packet before. */
    if (!link->is_open) return false;
    if ((packet->type == MQTT_CONNACK) == is_accepted) {
        failure_set(&failure, FAILURE_CONNECTION_LOST, "The broker sent packet type %d at a wrong time.", packet->type);
        return refuse(link, &failure);
    }
    switch (packet->type) {
    case MQTT_CONNACK: return on_connack(link, packet);
    case MQTT_PUBLISH: return on_publish(link, packet);
    case MQTT_SUBACK: link->events.subscribed(link->events.context, packet->codes); return true;
    case MQTT_UNSUBACK: link->events.unsubscribed(link->events.context); return true;
    case MQTT_PINGRESP: link->pinged_at = NEVER; return true;
    case MQTT_DISCONNECT: explain_disconnect(packet->reason, &failure); return refuse(link, &failure);
    default: return true;
    }
}

static void on_received(void *context, struct text bytes)
{
    struct link *link = context;
    link->heard_at = monotonic_ms();
    enum mqtt_result result = mqtt_read(&link->reader, bytes, on_packet, link);
    if (result != MQTT_IS_MALFORMED && result != MQTT_IS_TOO_LARGE) return;
    struct failure failure = { 0 };
    explain_bad_packet(result, &failure);
    refuse(link, &failure);
}

static void on_ended(void *context, struct failure *failure, int close_code)
{
    end(context, failure, close_code);
}

struct link *link_create(const struct broker_url *url, struct tls *tls, struct link_events events)
{
    struct link *link = must_allocate(sizeof *link);
    link->events = events;
    link->reader.maximum_packet_bytes = MAX_PACKET_BYTES;
    link->socket = websocket_create(url, tls, (struct websocket_events){ on_opened, on_received, on_ended, link });
    if (link->socket != NULL) return link;
    free(link);
    return NULL;
}

void link_destroy(struct link *link)
{
    websocket_destroy(link->socket);
    mqtt_reader_free(&link->reader);
    free(link);
}

void link_open(struct link *link, const struct mqtt_connect *connect)
{
    link->connect = *connect;
    link->connect.maximum_packet_bytes = MAX_PACKET_BYTES;
    link->next_packet_id = 1;
    link->keep_alive_ms = 0;
    link->is_open = true;
    link->is_held = false;
    link->pinged_at = NEVER;
    mqtt_reader_reset(&link->reader, connect->is_v5);
    websocket_connect(link->socket);
}

void link_subscribe(struct link *link, const struct list *filters)
{
    mqtt_add_subscribe(websocket_out(link->socket), link->connect.is_v5, link->next_packet_id, filters);
    link->next_packet_id += 1;
    flush(link);
}

void link_unsubscribe(struct link *link, const struct list *filters)
{
    mqtt_add_unsubscribe(websocket_out(link->socket), link->connect.is_v5, link->next_packet_id, filters);
    link->next_packet_id += 1;
    flush(link);
}

void link_acknowledge(struct link *link, uint16_t packet_id)
{
    mqtt_add_puback(websocket_out(link->socket), packet_id);
}

void link_flush(struct link *link)
{
    flush(link);
}

void link_disconnect(struct link *link, uint32_t session_expiry_seconds)
{
    mqtt_add_disconnect(websocket_out(link->socket), link->connect.is_v5, 0, session_expiry_seconds);
    flush(link);
}

void link_abandon(struct link *link)
{
    link->keep_alive_ms = 0;
    link->is_open = false;
    websocket_abandon(link->socket);
}

void link_hold(struct link *link, bool holds)
{
    /* What is not read is no sign of a broker that is gone. */
    link->heard_at = monotonic_ms();
    link->is_held = holds;
    websocket_hold(link->socket, holds);
}

/* Three quarters of the keep-alive, so that the ping arrives in time. */
static int64_t next_ping_at(const struct link *link)
{
    return link->sent_at + link->keep_alive_ms * 3 / 4;
}

static int64_t given_up_at(const struct link *link)
{
    int64_t wait_ms = link->keep_alive_ms / 2 > MIN_PONG_WAIT_MS ? link->keep_alive_ms / 2 : MIN_PONG_WAIT_MS;
    return (link->pinged_at > link->heard_at ? link->pinged_at : link->heard_at) + wait_ms;
}

static void keep_alive(struct link *link)
{
    int64_t now = monotonic_ms();
    if (link->keep_alive_ms == 0) return;
    if (link->pinged_at != NEVER && !link->is_held && now >= given_up_at(link)) {
        struct failure failure = { 0 };
        failure_set(&failure, FAILURE_CONNECTION_LOST,
                    "The broker did not answer a ping: the connection was half open.");
        refuse(link, &failure);
    } else if (now >= next_ping_at(link)) {
        if (link->pinged_at == NEVER) link->pinged_at = now;
        mqtt_add_pingreq(websocket_out(link->socket));
        flush(link);
    }
}

void link_run(struct link *link, int64_t timeout_ms)
{
    int64_t now = monotonic_ms();
    if (link->keep_alive_ms != 0) {
        int64_t ping_in = next_ping_at(link) - now;
        int64_t give_up_in = link->pinged_at == NEVER || link->is_held ? ping_in : given_up_at(link) - now;
        if (ping_in < timeout_ms) timeout_ms = ping_in;
        if (give_up_in < timeout_ms) timeout_ms = give_up_in;
    }
    websocket_run(link->socket, timeout_ms);
    keep_alive(link);
}

void link_wake(struct link *link)
{
    websocket_wake(link->socket);
}
