import type { Access } from "../service/access/access.ts";
import { sameHost } from "./admission.ts";
import type { AccessRefusal, Guard } from "./guard.ts";

export const SESSION_COOKIE = "gatehouse_session";

/** What stays open ends this soon after the right to see it. */
const RECHECK_MS = 1_000;
/** Of one name: a home below a public domain may have neighbours that set cookies for all of it. */
const MOST_COOKIES = 4;

interface Watch {
  mayWatch(): boolean;
  denied(): void;
}

/**
 * Decides by what a request carries: the owner is who sends the cookie of a session, or who sits at the machine itself. As browsers
 * send requests for any page, what comes for another page than the router's own is refused, whoever sends it.
 */
export class AccessGuard implements Guard {
  readonly #watches = new Set<Watch>();
  #rechecking: ReturnType<typeof setInterval> | undefined;

  constructor(
    readonly access: Access,
    /** Whether the other end is this machine, whose users could read the memory anyway. */
    private readonly isOwnMachine: (remoteAddress: string) => boolean = isLoopback,
  ) {}

  mayWatch({ headers }: Request, remoteAddress: string): AccessRefusal | undefined {
    if (isForeign(headers)) return FOREIGN;
    return this.#sees(tokensIn(headers), remoteAddress) ? undefined : this.#unknown();
  }

  mayRead(request: Request, remoteAddress: string): AccessRefusal | undefined {
    if (isForeign(request.headers)) return FOREIGN;
    return this.isOwner(request, remoteAddress) ? undefined : this.#unknown();
  }

  mayChange(request: Request, remoteAddress: string): AccessRefusal | undefined {
    const refusal = this.ownPage(request, remoteAddress);
    if (refusal !== undefined) return refusal;
    return this.isOwner(request, remoteAddress) ? undefined : this.#unknown();
  }

  /** For what not even the owner may do from elsewhere. */
  mayReset(request: Request, remoteAddress: string): AccessRefusal | undefined {
    return (
      this.mayChange(request, remoteAddress) ?? (this.isOwnMachine(remoteAddress) ? undefined : ELSEWHERE)
    );
  }

  whileWatching({ headers }: Request, remoteAddress: string, denied: () => void): () => void {
    // Of the request only this is kept: it is over long before what it began.
    const tokens = tokensIn(headers);
    const watch = { mayWatch: () => this.#sees(tokens, remoteAddress), denied };
    this.#watches.add(watch);
    this.#rechecking ??= setInterval(() => this.recheck(), RECHECK_MS);
    return () => this.#forget(watch);
  }

  /** Ends what is open without the right to be. */
  recheck(): void {
    for (const watch of this.#watches) {
      if (watch.mayWatch()) continue;
      this.#forget(watch);
      watch.denied();
    }
  }

  /** Whether the owner sends this, apart from what it asks for. */
  isOwner({ headers }: Request, remoteAddress: string): boolean {
    return this.isOwnMachine(remoteAddress) || this.#isSignedIn(tokensIn(headers));
  }

  isSignedIn({ headers }: Request): boolean {
    return this.#isSignedIn(tokensIn(headers));
  }

  /** Undefined: the router's own page sends this, or a program on the machine itself. For whatever changes something. */
  ownPage({ headers }: Request, remoteAddress: string): AccessRefusal | undefined {
    if (isForeign(headers)) return FOREIGN;
    const isProgram = !["origin", "cookie", "sec-fetch-site"].some((name) => headers.has(name));
    if (!headers.has("origin") && !(isProgram && this.isOwnMachine(remoteAddress))) return PROGRAM;
    return hasBody(headers) && !isJson(headers) ? NO_JSON : undefined;
  }

  #sees(tokens: readonly string[], remoteAddress: string): boolean {
    if (this.access.visibleTo === "household") return true;
    return this.isOwnMachine(remoteAddress) || this.#isSignedIn(tokens);
  }

  #isSignedIn(tokens: readonly string[]): boolean {
    return tokens.some((token) => this.access.isOwners(token));
  }

  #unknown(): AccessRefusal {
    const hint =
      this.access.owner === "none"
        ? "Nobody has chosen the owner's password yet: open the router's page and choose it."
        : "Sign in on the router's page with the owner's password.";
    return { status: 401, error: "This is for the router's owner", hint };
  }

  #forget(watch: Watch): void {
    this.#watches.delete(watch);
    if (this.#watches.size > 0) return;
    clearInterval(this.#rechecking);
    this.#rechecking = undefined;
  }
}

const FOREIGN: AccessRefusal = {
  status: 403,
  error: "Another page may not use the router in your name",
  hint: "Open the router's own page.",
};
const PROGRAM: AccessRefusal = {
  status: 403,
  error: "Programs may change this on the router itself only",
  hint: "Use the router's page, or ask http://localhost on the router without cookie and Origin.",
};
const ELSEWHERE: AccessRefusal = {
  status: 403,
  error: "This is done at the router itself only",
  hint: "Type owner reset on its screen, or, where you can log in on it, gatehouse owner reset as root.",
};
const NO_JSON: AccessRefusal = {
  status: 415,
  error: "What is sent here must be JSON",
  hint: "Send it with Content-Type: application/json.",
};

/** Sent for a page that is not the router's own. Sec-Fetch-Site comes over HTTPS and on localhost only; "none" is a person. */
function isForeign(headers: Headers): boolean {
  const [origin, site] = [headers.get("origin"), headers.get("sec-fetch-site")];
  const isOwn = origin === null || sameHost(origin, headers.get("host") ?? "");
  return !isOwn || (site !== null && site !== "same-origin" && site !== "none");
}

function hasBody(headers: Headers): boolean {
  return headers.has("transfer-encoding") || Number(headers.get("content-length") ?? 0) !== 0;
}

function isJson(headers: Headers): boolean {
  return /^application\/json\s*(;|$)/i.test(headers.get("content-type") ?? "");
}

/** RFC 6265 section 4.2.1. */
export function tokensIn(headers: Headers): string[] {
  const pairs = (headers.get("cookie") ?? "").split(";").map((pair) => pair.trim());
  const own = pairs.filter((pair) => pair.startsWith(`${SESSION_COOKIE}=`));
  return own.slice(0, MOST_COOKIES).map((pair) => pair.slice(SESSION_COOKIE.length + 1));
}

function isLoopback(remoteAddress: string): boolean {
  return remoteAddress === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(remoteAddress);
}
