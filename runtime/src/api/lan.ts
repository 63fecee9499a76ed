import { Elysia } from "elysia";
import { parseMac } from "../addr/mac.ts";
import { RequestFault } from "./faults.ts";
import { changing, type Guard } from "./guard.ts";
import { HomeNetworks, Woken } from "./lan-model.ts";
import { Fault } from "./model.ts";
import { unknownDevice } from "./query.ts";
import type { RouterSource } from "./source.ts";

const REFUSALS = { 401: Fault, 403: Fault, 415: Fault, 421: Fault };

/** The networks of the home and who may reach whom; calls a sleeping device. */
export function lanRoutes(source: RouterSource, guard: Guard) {
  return new Elysia()
    .get("/api/networks", () => ({ networks: source.lan.list(), reach: source.lan.reach() }), {
      response: { 200: HomeNetworks, 421: Fault },
      detail: {
        operationId: "getNetworks",
        tags: ["Router"],
        summary: "The networks of the home",
        description: "Their addresses and ports, and who may reach whom, in words.",
      },
    })
    .post("/api/devices/:mac/wake", ({ params }) => ({ networks: wake(source, params.mac) }), {
      beforeHandle: changing(guard),
      response: { 200: Woken, 404: Fault, 503: Fault, ...REFUSALS },
      detail: {
        operationId: "wakeDevice",
        tags: ["Devices"],
        summary: "Wake a sleeping device",
        description:
          "Sends its magic packet (Wake-on-LAN). It wakes only where its maker built that in and its owner switched it on.",
      },
    });
}

function wake(source: RouterSource, given: string): string[] {
  const mac = parseMac(given);
  if (mac === undefined || !source.devices().some((device) => device.mac === mac))
    throw unknownDevice("mac", given);
  try {
    return source.lan.wake(mac);
  } catch {
    throw new RequestFault(503, {
      error: "No network of the home took the packet",
      hint: "Its ports may all be unplugged. Try again in a moment.",
    });
  }
}
