import { defineWebSocketHelper, type UpgradeWebSocket, WSContext } from "hono/ws";

/**
 * As hono's helper for Workers, which does not tell when a WebSocket is open: here it is from the beginning. What clients send is
 * not looked at.
 */
export const upgradeWebSocket: UpgradeWebSocket<WebSocket> = defineWebSocketHelper((_, events) => {
  const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
  const socket = new WSContext<WebSocket>({
    raw: server,
    send: (source) => server.send(source),
    close: (code, reason) => server.close(code, reason),
    get readyState() {
      return server.readyState as 0 | 1 | 2 | 3;
    },
  });
  server.addEventListener("close", (event) => events.onClose?.(event, socket));
  server.addEventListener("error", (event) => events.onError?.(event, socket));
  server.accept();
  events.onOpen?.(new Event("open"), socket);
  return new Response(null, { status: 101, webSocket: client });
});
