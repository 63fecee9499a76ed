import { type Static, Type } from "@sinclair/typebox";
import type { Fault as ConfigFault } from "../config/faults.ts";
import { StorageError } from "../linux/storage/durable.ts";
import type { Access } from "../service/access/access.ts";
import { ConfigurationError, type Outcome, type TrialView } from "../service/configuration/service.ts";
import { RequestFault } from "./faults.ts";
import { remoteAddress } from "./guard.ts";
import { Fault } from "./model.ts";
import { Shape, Span } from "./shape.ts";
import type { RouterSource } from "./source.ts";

export const Trial = Shape(
  {
    id: Type.String({ description: "Names the trial when it is confirmed or cancelled" }),
    who: Type.String({ description: "Who made the change" }),
    why: Type.String({ description: "What for" }),
    remainingMs: Span("Until the former configuration returns"),
    address: Type.String({
      description: "Where the router is to be reached from now on, and the change confirmed",
    }),
    formerAddress: Type.String({ description: "Where it was reached before" }),
  } satisfies Record<keyof TrialView, unknown>,
  "A change that could cut off whoever made it: it is in effect, and stays only when it is confirmed in time",
);

export const Changed = Shape(
  {
    revision: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
      description: "The revision that it is kept as; null while it is on trial",
    }),
    trial: Type.Union([Trial, Type.Null()], { description: "Null: nothing has to be confirmed" }),
    ticket: Type.Union([Type.String(), Type.Null()], {
      description:
        "With a trial: signs this browser in once more, at the router's new address, within five minutes (POST /api/access/ticket)",
    }),
  },
  "What became of a change of the configuration",
);
export type Changed = Static<typeof Changed>;

/** What may be answered instead. */
export const CHANGE_FAULTS = {
  401: Fault,
  403: Fault,
  409: Fault,
  415: Fault,
  421: Fault,
  422: Fault,
  503: Fault,
};

/** The answer to a change of the configuration; what keeps it from being made is thrown as a RequestFault. */
export async function changed(change: Promise<Outcome>, access?: Pick<Access, "ticket">): Promise<Changed> {
  const outcome = await change.catch((error) => {
    throw problemOf(error);
  });
  if ("faults" in outcome) throw documentRefusal(outcome.faults);
  return "trial" in outcome
    ? { revision: null, trial: outcome.trial, ticket: access?.ticket() ?? null }
    : { revision: outcome.saved, trial: null, ticket: null };
}

/** Each fault of a whole document, also as it is told. */
export function documentRefusal(faults: readonly ConfigFault[]): RequestFault {
  return new RequestFault(422, { ...refusal(faults).fault, faults: [...faults] });
}

/** Each fault by its field. */
export function refusal(faults: readonly ConfigFault[]): RequestFault {
  return new RequestFault(422, {
    error: faults.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`)).join("; "),
    hint: "Nothing was changed. Each field's reason says what it takes.",
    fields: faults.map((fault) => ({ field: fault.path, reason: reasonOf(fault) })),
  });
}

/** Whoever asks, for the history: the device's name, and its address. */
export function whoAsks(
  source: Pick<RouterSource, "devices">,
  asked: Parameters<typeof remoteAddress>[0],
): string {
  const address = remoteAddress(asked).replace(/^::ffff:/, "");
  if (address === "" || address === "::1" || address.startsWith("127.")) return "the router itself";
  const name = source.devices().find((device) => device.address === address)?.name;
  return name ? `${name} (${address})` : address;
}

/** What is wrong says what would be right already, where the value alone is at fault. */
function reasonOf({ message, fix }: ConfigFault): string {
  return message.endsWith(fix.replace(/^give /, "")) ? message : `${message}; ${fix}`;
}

const PROBLEMS: Record<ConfigurationError["problem"], Fault> = {
  "on-trial": {
    error: "Another change is being tried",
    hint: "Confirm it or take it back, or wait until its time is over.",
  },
  outdated: {
    error: "The configuration was changed meanwhile",
    hint: "Read it anew, and make your change again.",
  },
  "no-trial": {
    error: "No change is being tried",
    hint: "Its time may be over; then everything is as it was before.",
  },
  "another-trial": { error: "It is another change that is being tried", hint: "Ask what is tried now." },
  early: {
    error: "The change is not in effect yet",
    hint: "Look whether all works in a moment, then confirm it.",
  },
  over: { error: "The time for this change is over", hint: "Everything is as it was before." },
  elsewhere: {
    error: "The change is confirmed where the router is now only",
    hint: "Open the router at its new address and confirm it there: that proves that it can be reached.",
  },
};

/** Why the configuration was not changed, or a trial not decided, as an answer; whatever else `error` is, it stays. */
export function problemOf(error: unknown): unknown {
  if (error instanceof StorageError) {
    return new RequestFault(503, {
      error: "The router's disk did not take the configuration",
      hint: "It is as it was. Try again; the router's log says more.",
    });
  }
  return error instanceof ConfigurationError ? new RequestFault(409, PROBLEMS[error.problem]) : error;
}
