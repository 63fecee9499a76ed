import { Elysia } from "elysia";
import { hideSecrets } from "../config/secrets.ts";
import type { AccessGuard } from "./access-guard.ts";
import { Checked, Configuration, Decided, Decision, Proposal, Tried } from "./configuration-model.ts";
import { changing, owning } from "./guard.ts";
import { Fault } from "./model.ts";
import { CHANGE_FAULTS, Changed, changed, documentRefusal, problemOf, whoAsks } from "./outcome.ts";
import type { RouterSource } from "./source.ts";

const tags = ["Configuration"];
const REFUSALS = { 401: Fault, 403: Fault, 421: Fault };

/** The configuration document, and the trial of what may cut its maker off. All of it is the owner's. */
export function configurationRoutes(source: RouterSource, guard: AccessGuard) {
  const { configuration } = source;
  return new Elysia()
    .get("/api/configuration", () => shown(configuration), {
      beforeHandle: owning(guard),
      response: { 200: Configuration, ...REFUSALS },
      detail: {
        operationId: "getConfiguration",
        tags,
        summary: "The configuration",
        description:
          "The document that says what the router shall be, with its revision. Secrets are not shown.",
      },
    })
    .post("/api/configuration/check", ({ body, server }) => checked(configuration, body, here(server)), {
      parse: "json",
      transform: changing(guard),
      body: Proposal,
      response: { 200: Checked, ...CHANGE_FAULTS },
      detail: {
        operationId: "checkConfiguration",
        tags,
        summary: "What a document would do",
        description: "Changes nothing. Everything that is wrong with it is told at once, by its fields.",
      },
    })
    .put(
      "/api/configuration",
      ({ body: { document, why, revision }, request, server }) => {
        const from = { who: whoAsks(source, { request, server }), here: here(server) };
        const change = configuration.propose(document, from.who, why ?? "settings", {
          basis: revision,
          here: from.here,
        });
        return changed(change, guard.access);
      },
      {
        parse: "json",
        transform: changing(guard),
        body: Proposal,
        response: { 200: Changed, ...CHANGE_FAULTS },
        detail: {
          operationId: "changeConfiguration",
          tags,
          summary: "Change the configuration",
          description:
            "The whole document. What may cut its maker off goes back by itself unless it is confirmed, where the router is then, by POST /api/configuration/trial; all else is kept at once.",
        },
      },
    )
    .get("/api/configuration/trial", () => ({ trial: configuration.trial }), {
      beforeHandle: owning(guard),
      response: { 200: Tried, ...REFUSALS },
      detail: {
        operationId: "getTrial",
        tags,
        summary: "The change that is being tried",
        description: "With what the owner needs to confirm it.",
      },
    })
    .post("/api/configuration/trial", ({ body, server }) => decide(configuration, body, here(server)), {
      parse: "json",
      transform: changing(guard),
      body: Decision,
      response: { 200: Decided, ...CHANGE_FAULTS },
      detail: {
        operationId: "decideTrial",
        tags,
        summary: "Keep the change that is being tried, or go back",
        description:
          "To keep it, ask at the address that the router has now: nothing else proves that it can be reached there.",
      },
    });
}

/** The router's address that a request came to: each is listened at by itself. */
function here(server: { hostname?: string | undefined } | null): string {
  return server?.hostname ?? "";
}

function shown(configuration: RouterSource["configuration"]): Configuration {
  const { config, revision } = configuration.current();
  return { revision, document: hideSecrets(config), trial: configuration.trial };
}

function checked(
  configuration: RouterSource["configuration"],
  { document }: Proposal,
  asked: string,
): Checked {
  const { faults, isTrial, address, formerAddress } = configuration.check(document, asked);
  if (faults.length > 0) throw documentRefusal(faults);
  return { trial: isTrial, address, formerAddress };
}

async function decide(
  configuration: RouterSource["configuration"],
  { id, decision }: Decision,
  asked: string,
): Promise<{ revision: number }> {
  try {
    if (decision === "keep") await configuration.confirm(id, asked);
    else await configuration.cancel(id);
  } catch (error) {
    throw problemOf(error);
  }
  return { revision: configuration.current().revision };
}
