import { hashOf } from "./identity.ts";

const VERSION = 1;

/** `state` as JSON with a sum, so that what was damaged is not believed. */
export function writeState(state: unknown): string {
  const text = JSON.stringify(state);
  return `{"version":${VERSION},"sum":${hashOf(text)},"state":${text}}`;
}

/** What `writeState` was given; undefined for text that is damaged or of another version. */
export function readState(text: string): unknown {
  try {
    const { version, sum, state } = JSON.parse(text);
    return version === VERSION && sum === hashOf(JSON.stringify(state)) ? state : undefined;
  } catch {
    return undefined;
  }
}
