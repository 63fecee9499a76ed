import { Elysia } from "elysia";
import { type Guard, owning } from "./guard.ts";
import { Fault } from "./model.ts";
import type { RouterSource } from "./source.ts";
import { Passphrases, WifiNow } from "./wifi-model.ts";

const tags = ["Wi-Fi"];

/** Radios, wireless networks and who has joined; what opens them is the owner's to see. */
export function wifiRoutes({ wifi }: RouterSource, guard: Guard) {
  return new Elysia()
    .get("/api/wifi", () => wifi.now(), {
      response: { 200: WifiNow, 421: Fault },
      detail: {
        operationId: "getWifi",
        tags,
        summary: "Radios, wireless networks and who has joined",
        description: "What each radio can do and does, each network's state in words, and the devices in it.",
      },
    })
    .get("/api/wifi/passphrases", () => wifi.passphrases(), {
      beforeHandle: owning(guard),
      response: { 200: Passphrases, 401: Fault, 403: Fault, 421: Fault },
      detail: {
        operationId: "getWifiPassphrases",
        tags,
        summary: "The wireless networks' passphrases",
        description: "For the owner only: to show them, and to draw the code that phones join by.",
      },
    });
}
