import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Wire } from "./link.ts";

/** A client on a plain or TLS socket. */
export function socketWire(socket: Socket): Wire {
  return {
    write: (bytes, done) => {
      socket.write(bytes, () => done());
    },
    get bufferedBytes() {
      return socket.writableLength;
    },
    end: () => {
      socket.end();
    },
    destroy: () => {
      socket.destroy();
    },
    pause: () => {
      socket.pause();
    },
  };
}

/** A client on a WebSocket. Each write is one frame, unless it is longer than `maxFrameBytes`. */
export function webSocketWire(socket: WebSocket, maxFrameBytes: number): Wire {
  return {
    write: (bytes, done) => {
      let offset = 0;
      for (; bytes.length - offset > maxFrameBytes; offset += maxFrameBytes) {
        socket.send(bytes.subarray(offset, offset + maxFrameBytes));
      }
      socket.send(bytes.subarray(offset), () => done());
    },
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    end: () => socket.close(1_000),
    destroy: () => socket.terminate(),
    pause: () => socket.pause(),
  };
}
