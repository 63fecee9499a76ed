import { Elysia } from "elysia";
import { type Guard, watching } from "./guard.ts";
import type { RouterSource } from "./source.ts";
import { TrafficLive } from "./traffic-live.ts";

/** Live traffic by WebSocket: `wire/live`'s frames. */
export function trafficLive(source: RouterSource, guard: Guard) {
  const live = new TrafficLive<string>();
  return new Elysia().onBeforeHandle(watching(guard)).ws("/api/traffic/live", {
    open({ id, raw, data: { request }, remoteAddress }) {
      // Elysia's copy of Bun's type lacks what tells of the unsent.
      const connection = raw as unknown as Bun.ServerWebSocket;
      const socket = {
        send: (frame: Uint8Array) => connection.sendBinary(frame),
        unsent: () => connection.getBufferedAmount(),
        close: (code: number, reason: string) => connection.close(code, reason),
      };
      live.open(id, remoteAddress, socket, source.traffic, (denied) =>
        guard.whileWatching(request, remoteAddress, denied),
      );
    },
    message: (ws, message) => live.hear(ws.id, message),
    close: (ws) => live.close(ws.id),
  });
}
