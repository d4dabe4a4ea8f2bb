#include "websocket.h"

#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "memory.h"

/* From the first DNS query to the end of the upgrade. */
#define CONNECT_TIMEOUT_S 30
#define RECEIVE_BYTES 65536

struct websocket {
    struct lws_context *lws;
    struct lws_vhost *vhost;
    /* The current connection. Those that were given up end by themselves. */
    struct lws *connection;
    const struct broker_url *url;
    struct tls *tls;
    struct websocket_events events;
    /* Begins with the room that libwebsockets wants before what it sends. */
    struct buffer out;
    int close_code;
    bool has_ended;
    lws_sorted_usec_list_t timer;
};

static void clear_out(struct websocket *socket)
{
    buffer_clear(&socket->out);
    buffer_reserve(&socket->out, LWS_PRE);
    memset(socket->out.data, 0, LWS_PRE);
    socket->out.length = LWS_PRE;
}

/* One frame with all that is there: acknowledgements of a whole batch leave together. */
static bool write_out(struct websocket *socket)
{
    if (websocket_is_flushed(socket)) return true;
    size_t length = socket->out.length - LWS_PRE;
    unsigned char *bytes = (unsigned char *)socket->out.data + LWS_PRE;
    int written = lws_write(socket->connection, bytes, length, LWS_WRITE_BINARY);
    clear_out(socket);
    return written >= 0 && (size_t)written >= length;
}

static void set_connection_failure(const struct websocket *socket, const char *reason, struct failure *failure)
{
    const struct broker_url *url = socket->url;
    struct buffer place = { 0 };
    buffer_format(&place, "%s:%d", url->host, url->port);
    bool is_explained = tls_explain(socket->tls, place.data, failure);
    buffer_free(&place);
    if (is_explained) return;
    if (strncmp(reason, "HS:", 3) == 0)
        failure_set(failure, FAILURE_UPGRADE_REFUSED, "%s:%d refused the WebSocket upgrade at %s (%s).", url->host,
                    url->port, url->path, reason);
    else
        failure_set(failure, FAILURE_NETWORK,
                    "No connection to %s:%d (%s). Check MQTT_BROKER_URL, the network and any firewall.", url->host,
                    url->port, reason);
}

static void end(struct websocket *socket, const char *reason)
{
    struct failure failure = { 0 };
    socket->connection = NULL;
    socket->has_ended = true;
    if (reason != NULL)
        set_connection_failure(socket, reason, &failure);
    else
        failure_set(&failure, FAILURE_CONNECTION_LOST, "The connection to %s:%d was lost.", socket->url->host,
                    socket->url->port);
    socket->events.ended(socket->events.context, &failure, socket->close_code);
    failure_free(&failure);
}

static int on_event(struct lws *connection, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
    (void)user;
    struct websocket *socket = lws_context_user(lws_get_context(connection));
    if (socket == NULL) return 0;
    if (connection != socket->connection) {
        bool is_alive = reason == LWS_CALLBACK_CLIENT_ESTABLISHED || reason == LWS_CALLBACK_CLIENT_RECEIVE ||
            reason == LWS_CALLBACK_CLIENT_WRITEABLE;
        return is_alive ? -1 : 0;
    }
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED: socket->events.opened(socket->events.context); break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        /* MQTT 5, 6: no other frame has packets in it. */
        if (!lws_frame_is_binary(connection)) return -1;
        socket->events.received(socket->events.context, (struct text){ in, length });
        break;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        if (!write_out(socket)) return -1;
        break;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: {
        const unsigned char *code = in;
        if (length >= 2) socket->close_code = code[0] << 8 | code[1];
        break;
    }
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: end(socket, in == NULL ? "no reason given" : in); break;
    case LWS_CALLBACK_CLIENT_CLOSED: end(socket, NULL); break;
    default: break;
    }
    /* Given up by what was just called. */
    return connection == socket->connection ? 0 : -1;
}

static const struct lws_protocols PROTOCOLS[] = {
    { .name = "mqtt", .callback = on_event, .rx_buffer_size = RECEIVE_BYTES },
    { 0 },
};

struct websocket *websocket_create(const struct broker_url *url, struct tls *tls, struct websocket_events events)
{
    struct websocket *socket = must_allocate(sizeof *socket);
    socket->url = url;
    socket->tls = tls;
    socket->events = events;
    clear_out(socket);
    /* It would report to standard error by itself. */
    lws_set_log_level(0, NULL);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = PROTOCOLS,
        .user = socket,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .timeout_secs = CONNECT_TIMEOUT_S,
        .connect_timeout_secs = CONNECT_TIMEOUT_S,
        .provided_client_ssl_ctx = tls->context,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
    };
    socket->lws = lws_create_context(&info);
    if (socket->lws != NULL) socket->vhost = lws_create_vhost(socket->lws, &info);
    if (socket->vhost != NULL) return socket;
    websocket_destroy(socket);
    return NULL;
}

void websocket_destroy(struct websocket *socket)
{
    if (socket == NULL) return;
    socket->connection = NULL;
    if (socket->lws != NULL) lws_context_destroy(socket->lws);
    buffer_free(&socket->out);
    free(socket);
}

void websocket_connect(struct websocket *socket)
{
    const struct broker_url *url = socket->url;
    clear_out(socket);
    socket->close_code = 0;
    tls_begin(socket->tls);
    struct buffer host = { 0 };
    buffer_format(&host, "%s:%d", url->host, url->port);
    struct text bare = text_of(url->host);
    if (text_starts(bare, "[")) bare = text_slice(bare, 1, bare.length - 1);
    char *address = text_copy(bare);
    struct lws_client_connect_info info = {
        .context = socket->lws,
        .vhost = socket->vhost,
        .address = address,
        .port = url->port,
        .path = url->path,
        .host = host.data,
        .protocol = "mqtt",
        .local_protocol_name = "mqtt",
        .ietf_version_or_minus_one = -1,
        .pwsi = &socket->connection,
        /* OpenSSL itself compares the host, since libwebsockets does not know addresses. */
        .ssl_connection = url->is_secure ? LCCSCF_USE_SSL | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK : 0,
    };
    socket->has_ended = false;
    if (lws_client_connect_via_info(&info) == NULL && !socket->has_ended)
        end(socket, "the name cannot be resolved, or there is no way to the address");
    buffer_free(&host);
    free(address);
}

struct buffer *websocket_out(struct websocket *socket)
{
    return &socket->out;
}

void websocket_flush(struct websocket *socket)
{
    if (socket->connection != NULL) lws_callback_on_writable(socket->connection);
}

bool websocket_is_flushed(const struct websocket *socket)
{
    return socket->out.length == LWS_PRE;
}

void websocket_hold(struct websocket *socket, bool holds)
{
    if (socket->connection != NULL) lws_rx_flow_control(socket->connection, holds ? 0 : 1);
}

void websocket_abandon(struct websocket *socket)
{
    struct lws *connection = socket->connection;
    socket->connection = NULL;
    if (connection != NULL) lws_set_timeout(connection, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

static void on_timer(lws_sorted_usec_list_t *timer)
{
    (void)timer;
}

void websocket_run(struct websocket *socket, int64_t timeout_ms)
{
    if (timeout_ms < 0) timeout_ms = 0;
    lws_sul_schedule(socket->lws, 0, &socket->timer, on_timer, timeout_ms * LWS_US_PER_MS + 1);
    lws_service(socket->lws, 0);
}

void websocket_wake(struct websocket *socket)
{
    lws_cancel_service(socket->lws);
}
