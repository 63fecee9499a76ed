import { Elysia } from "elysia";
import { type Mac, parseMac } from "../addr/mac.ts";
import { type Standing, sentence } from "../config/policy.ts";
import { type PolicyChange, withDevice, withGroup, withoutGroup } from "../config/policy-change.ts";
import type { AccessGuard } from "./access-guard.ts";
import { RequestFault } from "./faults.ts";
import { changing, watching } from "./guard.ts";
import { Fault } from "./model.ts";
import { CHANGE_FAULTS, Changed, problemOf, refusal, whoAsks } from "./outcome.ts";
import { DeviceRules, GroupRules, PolicyNow } from "./policy-model.ts";
import { unknownDevice } from "./query.ts";
import type { RouterSource } from "./source.ts";

const tags = ["Rules"];
const ANSWERS = { 200: Changed, 404: Fault, ...CHANGE_FAULTS };

/** Who is kept from the Internet, now and by the hour, and who is slowed down; pauses and resumes. */
export function policyRoutes(source: RouterSource, guard: AccessGuard) {
  const json = (schema: object) => ({ requestBody: { content: { "application/json": { schema } } } });
  return new Elysia()
    .get("/api/policy", () => now(source), {
      beforeHandle: watching(guard),
      response: { 200: PolicyNow, 401: Fault, 403: Fault, 421: Fault },
      detail: {
        operationId: "getPolicy",
        tags,
        summary: "What devices and groups may do now, and until when",
        description: "Only those with rules; all others are online.",
      },
    })
    .put(
      "/api/policy/devices/:mac",
      ({ params, body, request, server }) => {
        const mac = knownDevice(source, params.mac);
        const given = fields(body);
        const change = withDevice(source.configuration.current().config, mac, given);
        return propose(
          source,
          change,
          whoAsks(source, { request, server }),
          purpose(given, nameOf(source, mac)),
        );
      },
      {
        parse: "json",
        beforeHandle: changing(guard),
        response: ANSWERS,
        detail: {
          operationId: "changeDeviceRules",
          tags,
          summary: "Pause or resume a device, or change its rules",
          description:
            'Fields left out stay as they are: {"paused": true} pauses, {"paused": false} resumes.',
          ...json(DeviceRules),
        },
      },
    )
    .put(
      "/api/policy/groups/:name",
      ({ params: { name }, body, request, server }) => {
        const given = fields(body);
        const change = withGroup(source.configuration.current().config, name, given);
        return propose(
          source,
          change,
          whoAsks(source, { request, server }),
          purpose(given, `the group ${name}`),
        );
      },
      {
        parse: "json",
        beforeHandle: changing(guard),
        response: ANSWERS,
        detail: {
          operationId: "changeGroupRules",
          tags,
          summary: "Pause or resume a group, change its rules, or make it",
          description: "Fields left out stay as they are.",
          ...json(GroupRules),
        },
      },
    )
    .delete(
      "/api/policy/groups/:name",
      ({ params: { name }, request, server }) => {
        const { config } = source.configuration.current();
        if (!config.groups.some((group) => group.name === name)) throw unknownGroup(name);
        const change = { document: withoutGroup(config, name), path: "groups" };
        return propose(source, change, whoAsks(source, { request, server }), `without the group ${name}`);
      },
      {
        beforeHandle: changing(guard),
        response: ANSWERS,
        detail: {
          operationId: "deleteGroup",
          tags,
          summary: "Delete a group",
          description: "Its devices are in none then, and keep rules of their own.",
        },
      },
    );
}

function now({ configuration, policy }: RouterSource): PolicyNow {
  const { config } = configuration.current();
  const { devices, groups } = policy.current();
  const told = (standing: Standing) => ({
    state: standing.offline?.because ?? ("online" as const),
    whose: standing.offline?.whose ?? null,
    sentence: sentence(standing, config.timezone, Date.now()),
    until: standing.until,
    download: standing.download,
    upload: standing.upload,
  });
  return {
    timezone: config.timezone,
    devices: config.devices.flatMap(({ mac, ...rules }) => {
      const standing = devices.get(parseMac(mac) as Mac);
      return standing === undefined ? [] : [{ mac: parseMac(mac) as Mac, ...told(standing), rules }];
    }),
    groups: config.groups.flatMap(({ name, ...rules }) => {
      const standing = groups.get(name);
      return standing === undefined ? [] : [{ name, ...told(standing), rules }];
    }),
  };
}

/** Faults are told by the fields of what was given. */
async function propose(
  { configuration }: RouterSource,
  { document, path }: PolicyChange,
  who: string,
  why: string,
): Promise<Changed> {
  const { revision } = configuration.current();
  const outcome = await configuration.propose(document, who, why, { basis: revision }).catch((error) => {
    throw problemOf(error);
  });
  if ("faults" in outcome) {
    const below = `${path}.`;
    throw refusal(
      outcome.faults.map((fault) => ({
        ...fault,
        path: fault.path.startsWith(below) ? fault.path.slice(below.length) : fault.path,
      })),
    );
  }
  return "trial" in outcome
    ? { revision: null, trial: outcome.trial, ticket: null }
    : { revision: outcome.saved, trial: null, ticket: null };
}

function purpose(given: object, whose: string): string {
  const isPauseAlone = Object.keys(given).length === 1 && "paused" in given;
  if (!isPauseAlone) return `rules of ${whose}`;
  return given.paused === true ? `pause of ${whose}` : `end of the pause of ${whose}`;
}

function fields(body: unknown): object {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  throw new RequestFault(422, {
    error: "What was sent is no JSON object",
    hint: 'Give the fields to change, such as {"paused": true}.',
  });
}

function knownDevice(source: RouterSource, given: string): Mac {
  const mac = parseMac(given);
  const isKnown =
    source.devices().some((device) => device.mac === mac) ||
    source.configuration.current().config.devices.some((device) => parseMac(device.mac) === mac);
  if (mac === undefined || !isKnown) throw unknownDevice("mac", given);
  return mac;
}

function nameOf(source: RouterSource, mac: Mac): string {
  return source.devices().find((device) => device.mac === mac)?.name || mac;
}

function unknownGroup(name: string): RequestFault {
  return new RequestFault(404, {
    error: `There is no group ${name}`,
    hint: "GET /api/policy lists the groups.",
  });
}
