import { Elysia } from "elysia";
import { changing, type Guard, owning } from "./guard.ts";
import { Fault } from "./model.ts";
import type { RouterSource } from "./source.ts";
import { LastProbe, Probed, Ways } from "./wan-model.ts";

const tags = ["Router"];

/** The ways to the Internet, and who offers one on which port; for the owner. */
export function wanRoutes({ wan }: RouterSource, guard: Guard) {
  return new Elysia()
    .get("/api/wan", () => wan.ways(), {
      beforeHandle: owning(guard),
      response: { 200: Ways, 401: Fault, 403: Fault, 421: Fault },
      detail: {
        operationId: "getWays",
        tags,
        summary: "The ways to the Internet",
        description:
          "Each with its state, and which of them is used. Those whose port is not there are missing.",
      },
    })
    .get("/api/wan/probe", () => ({ probed: wan.probed() }), {
      beforeHandle: owning(guard),
      response: { 200: LastProbe, 401: Fault, 403: Fault, 421: Fault },
      detail: {
        operationId: "getProbe",
        tags,
        summary: "What was last found on the ports",
        description: "See the operation that asks.",
      },
    })
    .post("/api/wan/probe", () => wan.probe(), {
      beforeHandle: changing(guard),
      response: { 200: Probed, 401: Fault, 403: Fault, 415: Fault, 421: Fault },
      detail: {
        operationId: "probePorts",
        tags,
        summary: "Ask on every port who offers the Internet",
        description:
          "Takes three seconds. Looks for a cable, a DHCP server and a PPPoE server; nothing is taken of what they offer.",
      },
    });
}
