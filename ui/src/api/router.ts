import { treaty } from "@elysiajs/eden/treaty2";
import type { App } from "@gatehouse/runtime/api/api.ts";
import type { LiveEvent } from "@gatehouse/runtime/api/model.ts";

export type {
  Device,
  LanPort,
  LiveEvent,
  Notice,
  Status,
  TrafficEvent,
} from "@gatehouse/runtime/api/model.ts";

const client = treaty<App>(location.origin);

/** Where the API is described for people. */
export const DOCS = "/api/docs";

export interface LiveListener {
  event(event: LiveEvent): void;
  /** The stream ended or could not be opened. */
  closed(): void;
}

/** Opens the live stream; the returned function ends it. */
export function openLive(listener: LiveListener): () => void {
  const socket = client.api.live.subscribe().ws;
  // Parsed here and not by the client library, which would turn a device named like a date into a Date.
  socket.onmessage = ({ data }: MessageEvent<string>) => listener.event(JSON.parse(data));
  socket.onclose = () => listener.closed();
  return () => {
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  };
}
