import type { Config } from "../../config/schema.ts";

/** A configuration that is in effect for a while, and stays only when it is confirmed. */
export interface Trial {
  id: string;
  /** The start of the machine during which it may go on, and when it takes effect and ends: ms since then. */
  boot: string;
  begins: number;
  ends: number;
  /** The revision that returns: the newest one, for a trial is none. */
  former: number;
  who: string;
  why: string;
  /** The name of the home's network that it was made from. */
  home: string;
  config: Config;
}

/** Where the home reaches the router, as text. */
export type Place = string;

/** Why a trial was not confirmed or ended. */
export type TrialProblem = "no-trial" | "another-trial" | "early" | "over" | "elsewhere";

/**
 * Whether a trial that a program before this one has begun goes on. A restart of the program within the window does not end it, since
 * the home may have followed to a new address already and would have to move twice. A reboot does: the machine may have been
 * restarted because it could not be reached. One whose former revision is no longer the newest was confirmed.
 */
export function goesOn(trial: Trial, now: { boot: string; elapsed: number; newest: number }): boolean {
  return trial.boot === now.boot && trial.former === now.newest && now.elapsed < trial.ends;
}

/** What is asked here comes from the router itself. */
const LOOPBACK: Place = "127.0.0.1";

/** Why the trial named `id` cannot be ended by its name. */
export function misnamed(trial: Trial | undefined, id: string): TrialProblem | undefined {
  if (trial === undefined) return "no-trial";
  return trial.id === id ? undefined : "another-trial";
}

/**
 * Why a confirmation of the trial named `id` does not count. Only one that reaches the router where it is to be reached from now on
 * (`place`, or anywhere at home when the address stays) proves that it can be; `here` is where the request came in.
 */
export function unconfirmed(
  trial: Trial | undefined,
  asked: { id: string; here: Place; place: Place | "the home"; elapsed: number },
): TrialProblem | undefined {
  const problem = misnamed(trial, asked.id);
  if (problem !== undefined || trial === undefined) return problem;
  if (asked.elapsed < trial.begins) return "early";
  if (asked.elapsed >= trial.ends) return "over";
  const isThere = asked.place === "the home" ? asked.here !== LOOPBACK : asked.here === asked.place;
  return isThere ? undefined : "elsewhere";
}
