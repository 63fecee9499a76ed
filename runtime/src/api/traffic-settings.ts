import { Elysia } from "elysia";
import { Traffic } from "../config/traffic-schema.ts";
import { changing, type Guard, watching } from "./guard.ts";
import { Fault } from "./model.ts";
import { problemOf, refusal } from "./outcome.ts";
import type { RouterSource } from "./source.ts";

const tags = ["Traffic"];
const REFUSALS = { 401: Fault, 403: Fault, 415: Fault, 421: Fault };

/** What is recorded of the devices' traffic and who may see it: the section `traffic` of the configuration. */
export function trafficSettingsRoutes({ settings }: RouterSource, guard: Guard) {
  return new Elysia()
    .get("/api/traffic/settings", () => settings.current, {
      beforeHandle: watching(guard),
      response: { 200: Traffic, ...REFUSALS },
      detail: {
        operationId: "getTrafficSettings",
        tags,
        summary: "What is recorded, and who may see it",
        description: "The section `traffic` of the configuration.",
      },
    })
    .put("/api/traffic/settings", ({ body }) => change(settings, body), {
      parse: "json",
      beforeHandle: changing(guard),
      response: { 200: Traffic, 409: Fault, 422: Fault, 503: Fault, ...REFUSALS },
      detail: {
        operationId: "changeTrafficSettings",
        tags,
        summary: "Change what is recorded, and who may see it",
        description:
          "Fields left out stay as they are. Takes effect at once, and is kept as a new revision of the configuration.",
        requestBody: { content: { "application/json": { schema: Traffic as object } } },
      },
    });
}

async function change(
  settings: RouterSource["settings"],
  given: unknown,
): Promise<RouterSource["settings"]["current"]> {
  const faults = await settings.change(given).catch((error) => {
    throw problemOf(error);
  });
  if (faults.length > 0) throw refusal(faults);
  return settings.current;
}
