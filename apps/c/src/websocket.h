/* A WebSocket to the broker, by libwebsockets: bytes in, bytes out, and why it ended. One connection at a time; all of
 * it happens on the thread that runs it. */
#ifndef TESA_WEBSOCKET_H
#define TESA_WEBSOCKET_H

#include "broker_url.h"
#include "failure.h"
#include "tls.h"

struct websocket;

/* What happens on it. Of a connection that was given up nothing is heard any more. */
struct websocket_events {
    void (*opened)(void *context);
    void (*received)(void *context, struct text bytes);
    /* `close_code` is that of the broker's close frame, or 0 if none came. */
    void (*ended)(void *context, struct failure *failure, int close_code);
    void *context;
};

/* NULL if there is no memory for it. URL and TLS must outlive it. */
struct websocket *websocket_create(const struct broker_url *url, struct tls *tls, struct websocket_events events);
void websocket_destroy(struct websocket *socket);

/* Begins to connect. */
void websocket_connect(struct websocket *socket);
/* Where to put what is to be sent; websocket_flush() sends it when there is room. */
struct buffer *websocket_out(struct websocket *socket);
void websocket_flush(struct websocket *socket);
/* Whether all of it has been handed to the system. */
bool websocket_is_flushed(const struct websocket *socket);
/* No more is read until it may be again: the system's buffers fill, and the broker has to wait. */
void websocket_hold(struct websocket *socket, bool holds);
/* Gives the connection up, now and without a word. */
void websocket_abandon(struct websocket *socket);

/* Waits for something to happen, but no longer than so many milliseconds, and deals with it. */
void websocket_run(struct websocket *socket, int64_t timeout_ms);
/* Ends the wait; for other threads. */
void websocket_wake(struct websocket *socket);

#endif
