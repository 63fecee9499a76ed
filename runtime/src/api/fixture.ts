import { defaultConfig } from "../config/parse.ts";
import { policyAt } from "../config/policy.ts";
import { Access } from "../service/access/access.ts";
import { FakeMachine } from "../service/configuration/service.fixture.ts";
import { TrafficSettings } from "../service/router/traffic-settings.ts";
import { directRevisions } from "../service/store/direct.fixture.ts";
import { ConfigStore } from "../service/store/store.ts";
import { AccessGuard } from "./access-guard.ts";
import type { Counters, Device, LiveEvent, Status } from "./model.ts";
import type { NatDevice, NatRows, NatSummary } from "./nat-model.ts";
import type { NatFilter, NatPage, NatSource, RouterSource } from "./source.ts";
import { QuietTraffic } from "./traffic.fixture.ts";
import { quietWan } from "./wan.fixture.ts";

/** A router of two devices that says what a test lets it say. */
export class QuietRouter implements RouterSource {
  readonly nat = new QuietNat();
  readonly traffic = new QuietTraffic();
  readonly lan = {
    list: () => [],
    reach: () => [],
    wake: () => ["home"],
    pageAddresses: () => ["192.168.7.1"],
  };
  readonly wifi = {
    now: () => ({ country: null, radios: [], networks: [], stations: [] }),
    passphrases: () => [{ name: "Gatehouse", passphrase: "correct horse" }],
  };
  readonly wan = quietWan();
  readonly settings = changeable();
  revisions = directRevisions(new ConfigStore("/nonexistent"), defaultConfig);
  /** The machine that is configured, on whose clock trials end. */
  readonly machine = new FakeMachine();
  readonly configuration = this.machine.start();
  readonly policy = { current: () => policyAt(this.configuration.current().config, Date.now()) };
  /** Of its only device. */
  address: string | null = "192.168.7.10";
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
      trial: null,
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
        address: this.address,
        ipv6: [],
        vendor: null,
        connected: true,
        port: "eth1",
        network: "home",
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

/** The address translation of the same router: one binding, one session; what it was asked is kept. */
export class QuietNat implements NatSource {
  isAway = false;
  readonly asked: { what: string; filter: NatFilter; limit: number; after: number | undefined }[] = [];

  summary(): NatSummary {
    const refused = [{ reason: "host-limit", count: 2, text: "Too many ports", hint: "" }];
    const held = { bindings: 1, sessions: 1, associations: 0, overloaded: 0, created: 3, expired: 2 };
    const accelerator = { packets: 40, refused: null };
    return { state: "running", path: "offload", ...held, accelerator, refused };
  }

  async list<List extends keyof NatRows>(
    what: List,
    filter: NatFilter,
    limit: number,
    after?: number,
  ): Promise<NatPage<NatRows[List]>> {
    if (this.isAway) throw new Error("not connected");
    this.asked.push({ what, filter, limit, after });
    return { rows: ROWS[what] as NatRows[List][], next: 7 };
  }

  async device(mac: string): Promise<NatDevice | undefined> {
    if (this.isAway) throw new Error("not connected");
    if (mac !== "02:00:5e:00:00:01") return undefined;
    return { mac, type: "open", filtering: "open", bindings: 1, sessions: 1, overloaded: 0, limit: 16_384 };
  }
}

const ROW = {
  device: { mac: "02:00:5e:00:00:01", name: "2026-11-22" },
  internalAddress: "192.168.7.10",
  ageMs: 5_000,
  idleMs: 20,
};
const PORTS = { transport: "udp", internalPort: 4000, externalPort: 4001, upBytes: 5, downBytes: 6 } as const;
const ROWS: { [List in keyof NatRows]: NatRows[List][] } = {
  bindings: [{ ...ROW, ...PORTS, kind: "dynamic", filtering: "open" }],
  sessions: [
    { ...ROW, ...PORTS, remoteAddress: "203.0.113.9", remotePort: 443, state: "active", overloaded: false },
  ],
  associations: [{ ...ROW, protocol: "gre", remoteAddress: "203.0.113.9" }],
};

/** Settings that are kept for as long as the test runs. */
function changeable(): TrafficSettings {
  let config = defaultConfig;
  return new TrafficSettings(
    () => config,
    async (changed) => {
      config = changed;
    },
  );
}

/** Refuses nobody: whoever asks counts as the router's own console. */
export function quietGuard(): AccessGuard {
  return new AccessGuard(new Access({ state: "/nonexistent", visibleTo: () => "owner" }), () => true);
}
