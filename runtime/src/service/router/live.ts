import type { LiveEvent } from "./status.ts";

/** Passes events on to whoever listens. */
export class LiveEvents {
  readonly #listeners = new Set<(event: LiveEvent) => void>();

  /** Every event from now on, in order, until the returned function is called. */
  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
