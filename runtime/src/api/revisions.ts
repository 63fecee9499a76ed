import { Elysia } from "elysia";
import type { Import } from "../service/store/revisions.ts";
import { RevisionError } from "../service/store/store.ts";
import type { AccessGuard } from "./access-guard.ts";
import { answers } from "./answers.ts";
import { fileName, stamp } from "./download.ts";
import { RequestFault } from "./faults.ts";
import { changing, owning } from "./guard.ts";
import { Fault } from "./model.ts";
import { CHANGE_FAULTS, Changed, changed, refusal, whoAsks } from "./outcome.ts";
import { describeParameters, type Parameter, parseQuery } from "./query.ts";
import { Changes, ExportWish, History, ImportWish, RevisionDetail } from "./revisions-model.ts";
import type { RouterSource } from "./source.ts";

const tags = ["Configuration"];
const READ_FAULTS = { 401: Fault, 403: Fault, 421: Fault, 422: Fault };
const PAGE = 50;

const QUERY: { before: Parameter<number> } = {
  before: {
    description: "The `next` of the page before",
    schema: { type: "integer", minimum: 1 },
    takes: "a whole number from 1 on",
    parse: (text) => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined),
  },
};

/** What the configuration was: its history, a revision, and a way back to it. */
export function revisionRoutes(source: RouterSource, guard: AccessGuard) {
  const { revisions } = source;
  return new Elysia()
    .get("/api/revisions", ({ request }) => page(revisions, parseQuery(request, QUERY).before), {
      beforeHandle: owning(guard),
      response: { 200: History, ...READ_FAULTS },
      detail: {
        operationId: "getRevisions",
        tags,
        summary: "What the configuration was",
        description: `At most ${PAGE} revisions, newest first, from the newest or the newest before \`before\` on.`,
        parameters: describeParameters(QUERY),
      },
    })
    .get("/api/revisions/:number", ({ params }) => detail(revisions, params.number), {
      beforeHandle: owning(guard),
      response: { 200: RevisionDetail, 404: Fault, ...READ_FAULTS },
      detail: {
        operationId: "getRevision",
        tags,
        summary: "A revision and what it changed",
        description: "In comparison with the usable revision before, and with the present configuration.",
      },
    })
    .post(
      "/api/revisions/:number/restore",
      ({ params, request, server }) => {
        const who = whoAsks(source, { request, server });
        return changed(
          found(params.number, (number) => revisions.restore(number, who)),
          guard.access,
        );
      },
      {
        beforeHandle: changing(guard),
        response: { 200: Changed, 404: Fault, ...CHANGE_FAULTS },
        detail: {
          operationId: "restoreRevision",
          tags,
          summary: "Go back to a revision",
          description:
            "Makes what it was a new revision; those since then stay. 0 is the router as delivered.",
        },
      },
    );
}

/** The configuration as a file, out and in. */
export function backupRoutes(source: RouterSource, guard: AccessGuard) {
  const { revisions } = source;
  // Before what is sent is looked at.
  const transform = changing(guard);
  return new Elysia()
    .post("/api/configuration/export", ({ body }) => exported(source, body.passphrase), {
      parse: "json",
      body: ExportWish,
      transform,
      detail: {
        operationId: "exportConfiguration",
        tags,
        summary: "Take the configuration away as a file",
        description: "Its secrets under the passphrase (scrypt, AES-256-GCM), or left out.",
        responses: answers(200, "The file", ["application/json"], [401, 403, 415, 421, 422]),
      },
    })
    .post("/api/configuration/import/check", ({ body }) => importing(revisions, wish(body)), {
      parse: "json",
      body: ImportWish,
      transform,
      response: { 200: Changes, ...CHANGE_FAULTS },
      detail: {
        operationId: "checkImport",
        tags,
        summary: "What importing a file would change",
        description:
          "Changes nothing. Faults are those of file, passphrase, or fields of the document in the file.",
      },
    })
    .post(
      "/api/configuration/import",
      ({ body, request, server }) =>
        changed(revisions.import(wish(body), whoAsks(source, { request, server })), guard.access),
      {
        parse: "json",
        body: ImportWish,
        transform,
        response: { 200: Changed, ...CHANGE_FAULTS },
        detail: {
          operationId: "importConfiguration",
          tags,
          summary: "Take over the configuration of a file",
          description: "As a new revision. What it would change is told by /api/configuration/import/check.",
        },
      },
    );
}

type Revisions = RouterSource["revisions"];

async function page(revisions: Revisions, before: number | undefined) {
  const list = await revisions.history(PAGE + 1, before);
  const shown = list.slice(0, PAGE);
  return { revisions: shown, next: list.length > PAGE ? (shown.at(-1)?.number ?? null) : null };
}

function detail(revisions: Revisions, text: string) {
  return found(text, async (number) => {
    const { revision, before, changes } = await revisions.read(number);
    return { ...revision, before, changes, restoring: await revisions.restoring(number) };
  });
}

async function exported(source: RouterSource, passphrase: string | undefined): Promise<Response> {
  const file = await source.revisions.export(passphrase);
  if ("faults" in file) throw refusal(file.faults);
  const { hostName, time } = source.status();
  const name = fileName([hostName === "gatehouse" ? "" : hostName, "configuration", stamp(time)], "json");
  return new Response(`${JSON.stringify(file, null, 2)}\n`, {
    headers: {
      "content-type": "application/json",
      "content-disposition": `attachment; filename="${name}"`,
      "cache-control": "no-store",
    },
  });
}

async function importing(revisions: Revisions, given: Import) {
  const answer = await revisions.importing(given);
  if ("faults" in answer) throw refusal(answer.faults);
  return answer;
}

function wish({ file, passphrase, secrets }: ImportWish): Import {
  return {
    file,
    secrets: new Map(Object.entries(secrets ?? {})),
    ...(passphrase !== undefined && { passphrase }),
  };
}

/** What `ask` answers for the revision whose number is given as text. */
async function found<Answer>(text: string, ask: (number: number) => Promise<Answer>): Promise<Answer> {
  try {
    if (!/^\d{1,9}$/.test(text)) throw new RevisionError("revisions have whole numbers");
    return await ask(Number(text));
  } catch (error) {
    if (!(error instanceof RevisionError)) throw error;
    throw new RequestFault(404, {
      error: `Revision ${text} cannot be used: ${error.message}`,
      hint: "Choose another one of the history.",
    });
  }
}
