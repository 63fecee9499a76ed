import { describe, expect, test } from "bun:test";
import { LiveClient } from "./live-client.ts";
import type { TrafficEvent } from "./model.ts";

/** A connection that takes `room` messages and then queues one. */
function connection(room: number) {
  const sent: unknown[] = [];
  const state = { sent, room };
  const client = new LiveClient(
    (text) => {
      sent.push(JSON.parse(text));
      return state.room-- > 0 ? text.length : -1;
    },
    (type) => JSON.stringify({ type, now: true }),
  );
  return { ...state, state, client };
}

function traffic(at: number, up: number, mac = "a"): TrafficEvent {
  return { type: "traffic", at, intervalMs: 100, total: { up, down: 0 }, devices: [{ mac, up, down: 0 }] };
}

function offer(client: LiveClient, event: TrafficEvent): void {
  client.offer(event, JSON.stringify(event));
}

describe("a client that reads slowly", () => {
  test("gets nothing while it is behind and afterwards one message with the exact sums", () => {
    const { client, sent, state } = connection(1);
    for (const [at, up, mac] of [
      [100, 1, "a"],
      [200, 2, "a"],
      [300, 4, "a"],
      [400, 8, "b"],
    ] as const) {
      offer(client, traffic(at, up, mac));
    }
    expect(sent).toEqual([traffic(100, 1), traffic(200, 2)]);
    state.room = 2;
    client.drained();
    offer(client, traffic(500, 16));
    expect(sent.slice(2)).toEqual([
      {
        type: "traffic",
        at: 400,
        intervalMs: 200,
        total: { up: 12, down: 0 },
        devices: [
          { mac: "a", up: 4, down: 0 },
          { mac: "b", up: 8, down: 0 },
        ],
      },
      traffic(500, 16),
    ]);
  });

  test("gets what is true now instead of each state it missed", () => {
    const { client, sent, state } = connection(0);
    offer(client, traffic(100, 1));
    for (const now of ["first", "second"])
      client.offer({ type: "devices", devices: [] }, JSON.stringify(now));
    state.room = 9;
    client.drained();
    expect(sent).toEqual([traffic(100, 1), { type: "devices", now: true }]);
  });

  test("hears of notices once, however often they were others", () => {
    const { client, sent, state } = connection(0);
    offer(client, traffic(100, 1));
    for (let i = 0; i < 3; i++) client.offer({ type: "notices" }, '{"type":"notices"}');
    state.room = 9;
    client.drained();
    client.offer({ type: "notices" }, '{"type":"notices"}');
    expect(sent.slice(1)).toEqual([{ type: "notices", now: true }, { type: "notices" }]);
  });

  test("stops again at once when the rest does not fit either", () => {
    const { client, sent, state } = connection(0);
    offer(client, traffic(100, 1));
    offer(client, traffic(200, 2));
    client.offer({ type: "devices", devices: [] }, "{}");
    state.room = 0;
    client.drained();
    expect(sent).toEqual([traffic(100, 1), { type: "devices", now: true }]);
    state.room = 1;
    client.drained();
    expect(sent.slice(2)).toEqual([traffic(200, 2)]);
  });
});
