import type { Counters, Device, LiveEvent, Status } from "./model.ts";
import type { RouterSource } from "./source.ts";

/** A router of two devices that says what a test lets it say. */
export class QuietRouter implements RouterSource {
  private readonly listeners = new Set<(event: LiveEvent) => void>();

  get watched(): boolean {
    return this.listeners.size > 0;
  }

  status(): Status {
    return {
      version: "1.2.3",
      hostName: "Den",
      routerAddress: "192.168.7.1",
      uptimeSeconds: 61,
      time: 1_700_000_000_000,
      wan: {
        state: "no-cable",
        interface: "eth0",
        mac: null,
        address: null,
        gateway: null,
        dns: [],
        since: null,
      },
      lan: { interface: "br-lan", address: "192.168.7.1/24", ports: [], clash: null },
      wifi: { state: "no-radio", name: null, radio: null, explanation: "No Wi-Fi hardware." },
      nat: { state: "running", path: "offload", bindings: 0, drops: 0 },
      notices: [],
    };
  }

  counters(): Counters {
    return { dhcp: { acknowledged: 1 }, dns: {}, nat: {}, tap: { frames: 5 } };
  }

  devices(): Device[] {
    return [
      {
        mac: "02:00:5e:00:00:01",
        name: "2026-11-22",
        hostName: null,
        address: "192.168.7.10",
        vendor: null,
        connected: true,
        port: "eth1",
        firstSeen: 1,
        lastSeen: 2,
        leaseExpires: null,
        upBytes: 3,
        downBytes: 4,
      },
    ];
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  say(event: LiveEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
