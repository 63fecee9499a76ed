import type { Device } from "./devices.ts";
import type { LiveEvent, Status } from "./status.ts";

/** Passes events on to whoever listens. */
export class LiveEvents {
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  #shownStatus = "";
  #shownDevices = "";

  /** Every event from now on, in order, until the returned function is called. */
  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Tells the status when it is another than the one told last. */
  showStatus(status: Status): void {
    const trial = status.trial && { ...status.trial, remainingSeconds: 0 };
    const shown = JSON.stringify({ ...status, time: 0, uptimeSeconds: 0, trial });
    if (shown === this.#shownStatus) return;
    this.#shownStatus = shown;
    this.emit({ type: "status", status });
  }

  /** Tells the devices when they are others than those told last. */
  showDevices(devices: Device[]): void {
    // Volumes and times travel in traffic events.
    const shown = JSON.stringify(
      devices.map((device) => ({ ...device, upBytes: 0, downBytes: 0, lastSeen: 0 })),
    );
    if (shown === this.#shownDevices) return;
    this.#shownDevices = shown;
    this.emit({ type: "devices", devices });
  }
}
