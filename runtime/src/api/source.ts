import type { Counters, Device, LiveEvent, Status } from "./model.ts";

/** What the API tells about: the control plane, or a script in tests. Calls are cheap and never throw. */
export interface RouterSource {
  status(): Status;
  devices(): Device[];
  counters(): Counters;
  /** Every event from now on, in order, until the returned function is called. */
  subscribe(listener: (event: LiveEvent) => void): () => void;
}
