import { type Static, Type } from "@sinclair/typebox";
import { type Context, Elysia } from "elysia";
import { StorageError } from "../linux/storage/durable.ts";
import { type Access, AccessError, type AccessProblem } from "../service/access/access.ts";
import { GREATEST_LENGTH, LEAST_LENGTH } from "../service/access/password.ts";
import { LIFETIME_MS } from "../service/access/sessions.ts";
import { type AccessGuard, SESSION_COOKIE, tokensIn } from "./access-guard.ts";
import { RequestFault } from "./faults.ts";
import { admit, remoteAddress } from "./guard.ts";
import { Fault } from "./model.ts";
import { OneOf, Shape } from "./shape.ts";

export const AccessState = Shape(
  {
    owner: OneOf(["none", "set"], "Whether a password has been chosen; none: whoever comes first chooses it"),
    signedIn: Type.Boolean({ description: "This browser has a session of the owner's" }),
    visibleTo: OneOf(["owner", "household"], "Who may see what devices do"),
    mayWatch: Type.Boolean({ description: "Whoever asks may see what devices do" }),
    mayChange: Type.Boolean({ description: "Whoever asks may change settings and delete" }),
  },
  "Who may do what, and what whoever asks may do",
);
export type AccessState = Static<typeof AccessState>;

const Password = (description: string) => Type.String({ description });
const Chosen = Shape(
  { password: Password(`${LEAST_LENGTH} to ${GREATEST_LENGTH} characters`) },
  "The owner's password",
);
const Ticket = Shape(
  { ticket: Type.String({ description: "What the change was answered with" }) },
  "A ticket",
);
const Changed = Shape(
  { old: Password("The present one"), new: Password(Chosen.properties.password.description!) },
  "Both passwords",
);

const tags = ["Access"];
const FAULTS = {
  401: Fault,
  403: Fault,
  409: Fault,
  415: Fault,
  421: Fault,
  422: Fault,
  429: Fault,
  503: Fault,
};

interface Asked {
  request: Request;
  server: Context["server"];
  set: Context["set"];
}

/** The owner's password, and who is signed in. */
export function accessRoutes(guard: AccessGuard) {
  const { access } = guard;
  const beforeHandle = (asked: Asked) => admit(guard.ownPage(asked.request, remoteAddress(asked)));
  const signed = (asked: Asked, attempt: (address: string) => Promise<string>) =>
    signInWith(access, asked, attempt);

  return new Elysia()
    .get("/api/access", ({ request, server, set }) => stateOf(guard, { request, server, set }), {
      response: { 200: AccessState, 421: Fault },
      detail: {
        operationId: "getAccess",
        tags,
        summary: "Who may see and change what",
        description: "Whether the router has an owner, and what this browser or program may do.",
      },
    })
    .post(
      "/api/access/owner",
      ({ request, server, set, body }) =>
        signed({ request, server, set }, (address) => access.choose(body.password, address)),
      {
        parse: "json",
        beforeHandle,
        body: Chosen,
        response: { 200: AccessState, ...FAULTS },
        detail: {
          operationId: "chooseOwner",
          tags,
          summary: "Choose the owner's password",
          description: "Once, while there is none; whoever does so is signed in.",
        },
      },
    )
    .delete(
      "/api/access/owner",
      ({ set }) => {
        access.reset();
        setCookie(set, "", 0);
        return { owner: "none" as const };
      },
      {
        beforeHandle: (asked) => admit(guard.mayReset(asked.request, remoteAddress(asked))),
        response: { 200: Shape({ owner: Type.Literal("none") }, "Forgotten"), ...FAULTS },
        detail: {
          operationId: "resetOwner",
          tags,
          summary: "Forget the owner's password",
          description:
            "On the router itself only. Everybody is signed out, and whoever comes first chooses a new one.",
        },
      },
    )
    .post(
      "/api/access/session",
      ({ request, server, set, body }) =>
        signed({ request, server, set }, (address) => access.signIn(body.password, address)),
      {
        parse: "json",
        beforeHandle,
        body: Chosen,
        response: { 200: AccessState, ...FAULTS },
        detail: {
          operationId: "signIn",
          tags,
          summary: "Sign in",
          description:
            "Sets a cookie that ends after a week without use, or a month. Wrong passwords make the address they came from wait.",
        },
      },
    )
    .post(
      "/api/access/ticket",
      ({ request, server, set, body }) =>
        signed({ request, server, set }, (address) => access.redeem(body.ticket, address)),
      {
        parse: "json",
        beforeHandle,
        body: Ticket,
        response: { 200: AccessState, ...FAULTS },
        detail: {
          operationId: "useTicket",
          tags,
          summary: "Sign in at the router's new address",
          description:
            "With the ticket that a change of the router's address was answered with; once, and within five minutes.",
        },
      },
    )
    .delete(
      "/api/access/session",
      async ({ request, set }) => {
        for (const token of tokensIn(request.headers)) await access.signOut(token);
        setCookie(set, "", 0);
        return { signedIn: false };
      },
      {
        beforeHandle,
        response: { 200: Shape({ signedIn: Type.Literal(false) }, "Signed out"), ...FAULTS },
        detail: {
          operationId: "signOut",
          tags,
          summary: "Sign out",
          description: "This browser's session ends, and whatever it is watching.",
        },
      },
    )
    .put(
      "/api/access/password",
      ({ request, server, set, body }) =>
        signed({ request, server, set }, (address) => access.changePassword(body.old, body.new, address)),
      {
        parse: "json",
        beforeHandle,
        body: Changed,
        response: { 200: AccessState, ...FAULTS },
        detail: {
          operationId: "changePassword",
          tags,
          summary: "Change the owner's password",
          description: "Every other browser is signed out.",
        },
      },
    );
}

function stateOf(guard: AccessGuard, asked: Asked): AccessState {
  asked.set.headers["cache-control"] = "no-store";
  const isOwner = guard.isOwner(asked.request, remoteAddress(asked));
  const { owner, visibleTo } = guard.access;
  const signedIn = guard.isSignedIn(asked.request);
  return { owner, signedIn, visibleTo, mayWatch: isOwner || visibleTo === "household", mayChange: isOwner };
}

/** What the browser may do with the session that `attempt` has opened, or why it has none. */
async function signInWith(
  access: Access,
  asked: Asked,
  attempt: (address: string) => Promise<string>,
): Promise<AccessState> {
  try {
    setCookie(asked.set, await attempt(remoteAddress(asked)), LIFETIME_MS / 1000);
  } catch (error) {
    throw faultOf(error, asked.set);
  }
  const { owner, visibleTo } = access;
  return { owner, signedIn: true, visibleTo, mayWatch: true, mayChange: true };
}

/** No Secure: this page comes over plain HTTP, where browsers would not send such a cookie. Scripts cannot read it, other pages not send it. */
function setCookie(set: Asked["set"], token: string, seconds: number): void {
  set.headers["set-cookie"] =
    `${SESSION_COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}`;
  set.headers["cache-control"] = "no-store";
}

const RESET = "It can be forgotten at the router itself: type owner reset on its screen.";
const PROBLEMS: Record<AccessProblem, [status: RequestFault["status"], error: string, hint: string]> = {
  "owner-exists": [409, "The owner's password has been chosen already", `Sign in with it. ${RESET}`],
  "no-owner": [409, "Nobody has chosen the owner's password yet", "Choose it on the router's page."],
  unreadable: [503, "The router cannot read the owner's account, so nobody can sign in", RESET],
  length: [
    422,
    `A password has ${LEAST_LENGTH} to ${GREATEST_LENGTH} characters`,
    "Choose another one; a few words in a row are easy to remember.",
  ],
  ticket: [401, "This ticket was used already, or is too old", "Sign in with the owner's password."],
  wrong: [401, "This is not the owner's password", "Look at what you typed, and try again."],
  "slow-down": [429, "Too many wrong passwords came from this device", "Wait, and try again."],
  busy: [503, "Too many people are signing in at once", "Try again in a moment."],
};

function faultOf(error: unknown, set: Asked["set"]): unknown {
  if (error instanceof StorageError)
    return new RequestFault(503, {
      error: "The router's disk did not take the password",
      hint: "Try again; the router's log says more.",
    });
  if (!(error instanceof AccessError)) return error;
  const { problem, retryAfterMs } = error;
  if (retryAfterMs > 0) set.headers["retry-after"] = String(Math.ceil(retryAfterMs / 1000));
  const [status, text, hint] = PROBLEMS[problem];
  return new RequestFault(status, { error: text, hint });
}
