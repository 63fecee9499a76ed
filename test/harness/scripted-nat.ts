import type {
  NatBinding,
  NatDevice,
  NatRows,
  NatSession,
  NatSummary,
} from "@gatehouse/runtime/api/nat-model.ts";
import type { NatFilter, NatPage, NatSource } from "@gatehouse/runtime/api/source.ts";
import type { Resident } from "./scripted-home.ts";

/** usual: nothing lacks; short: every device runs out of ports; crowd: each has 3000 connections; away: no answer. */
export type NatMood = "usual" | "short" | "crowd" | "away";

/** Whom devices talk to: address, port, whether by TCP, share of the device's traffic. */
const REMOTES: [address: string, port: number, transport: "tcp" | "udp", share: number][] = [
  ["203.0.113.80", 443, "tcp", 0.46],
  ["198.51.100.24", 443, "udp", 0.31],
  ["203.0.113.193", 3478, "udp", 0.004],
  ["198.51.100.7", 5223, "tcp", 0.001],
  ["192.0.2.61", 443, "tcp", 0.12],
  ["203.0.113.9", 123, "udp", 0.0001],
  ["198.51.100.143", 993, "tcp", 0.006],
  ["192.0.2.200", 8883, "tcp", 0.002],
  ["198.51.100.90", 6881, "udp", 0.03],
  ["203.0.113.44", 443, "tcp", 0.05],
];
const LIMIT = 16_384;

/** The address translation of the scripted router: connections that age, move bytes, end and begin anew. */
export class ScriptedNat implements NatSource {
  constructor(
    private readonly home: readonly Resident[],
    private readonly mood: NatMood,
    private readonly elapsedMs: () => number,
  ) {}

  summary(): NatSummary {
    const held = {
      bindings: 412,
      sessions: 530,
      associations: 1,
      overloaded: this.mood === "short" ? 88 : 0,
    };
    const refused = [
      {
        reason: "host-limit",
        count: 2,
        text: "One device asked for more ports than it may have",
        hint: "The limit keeps some for the others; what it had stays open.",
      },
      {
        reason: "error-without-binding",
        count: 1,
        text: "Error messages about no known connection",
        hint: "Late or forged. Harmless.",
      },
    ];
    const accelerator = { packets: 48_000_000, refused: null };
    return {
      state: "running",
      path: "offload",
      ...held,
      created: 20_412,
      expired: 20_000,
      accelerator,
      refused,
    };
  }

  async list<List extends keyof NatRows>(
    what: List,
    { host, transport, port }: NatFilter,
    limit: number,
    after = 0,
  ): Promise<NatPage<NatRows[List]>> {
    this.answer();
    const rows = this.home
      .flatMap((resident, i) => this.rows(what, resident, i))
      .filter((row) => host === undefined || row.internalAddress === host)
      .filter((row) => transport === undefined || ("transport" in row && row.transport === transport))
      .filter((row) => port === undefined || Object.values(row).includes(port));
    const next = after + limit < rows.length ? after + limit : null;
    return { rows: rows.slice(after, after + limit) as NatRows[List][], next };
  }

  async device(mac: string): Promise<NatDevice | undefined> {
    this.answer();
    const i = this.home.findIndex(({ device }) => device.mac === mac);
    const resident = this.home[i];
    if (resident === undefined) return undefined;
    const sessions = this.sessions(resident, i);
    const filtering = filteringOf(resident);
    const overloaded = sessions.filter((session) => session.overloaded).length;
    const type = overloaded > 0 ? "strict" : filtering === "open" ? "open" : "moderate";
    const bindings = this.bindings(resident, i).length;
    return { mac, type, filtering, bindings, sessions: sessions.length, overloaded, limit: LIMIT };
  }

  private answer(): void {
    if (this.mood === "away") throw new Error("there is no connection to it");
  }

  private rows(what: keyof NatRows, resident: Resident, i: number): NatRows[keyof NatRows][] {
    if (what === "sessions") return this.sessions(resident, i);
    if (what === "bindings") return this.bindings(resident, i);
    const { device } = resident;
    if (device.hostName !== "maras-mbp") return [];
    const times = { ageMs: 1_260_000 + this.elapsedMs(), idleMs: 800 };
    return [{ ...owner(resident), ...times, protocol: "esp", remoteAddress: "198.51.100.201" }];
  }

  private sessions(resident: Resident, i: number): NatSession[] {
    if (!resident.device.connected) return [];
    const count = this.mood === "crowd" ? 3000 : 3 + ((i * 5 + 2) % 8);
    return Array.from({ length: count }, (_, k) => this.session(resident, i, k));
  }

  private session(resident: Resident, i: number, k: number): NatSession {
    const [remoteAddress, remotePort, transport, share] = REMOTES[(k + i) % REMOTES.length]!;
    const life = k % 4 === 3 ? 7_000 + 900 * k : 3_600_000 * 5;
    const lived = this.elapsedMs() + 41_000 * (k + 1) + 977 * i;
    const ageMs = lived % life;
    const port = 49_152 + ((i * 1877 + k * 331 + Math.floor(lived / life) * 67) % 16_000);
    const bytes = (rate: number) => Math.round((rate * share * ageMs) / 8000) + 120;
    const overloaded = this.mood === "short" && k % 3 === 0;
    return {
      ...owner(resident),
      transport,
      internalPort: port,
      externalPort: overloaded ? 14_336 + k : port,
      remoteAddress,
      remotePort,
      state: transport === "udp" ? "active" : tcpState(ageMs, k),
      overloaded,
      ageMs,
      idleMs: Math.min(ageMs, (k * k * 1_700 + ageMs) % (900 + 9_000 * (k % 5))),
      upBytes: bytes(resident.habit.up),
      downBytes: bytes(resident.habit.down),
    };
  }

  private bindings(resident: Resident, i: number): NatBinding[] {
    const opened = this.sessions(resident, i)
      .filter(({ overloaded }) => !overloaded)
      .map(({ remoteAddress: _, remotePort: __, state: ___, overloaded: ____, ...rest }) => rest)
      .map((rest): NatBinding => ({ ...rest, kind: "dynamic", filtering: filteringOf(resident) }));
    return resident.device.hostName === "nas" ? [forward(resident, this.elapsedMs()), ...opened] : opened;
  }
}

function tcpState(ageMs: number, k: number): NatSession["state"] {
  if (ageMs < 900) return "opening";
  return k % 6 === 5 ? "closing" : "established";
}

function owner({ device }: Resident) {
  return { device: { mac: device.mac, name: device.name }, internalAddress: device.address ?? "" };
}

function filteringOf({ device }: Resident): NatBinding["filtering"] {
  return device.hostName === "ps5-3f" ? "address-and-port" : "open";
}

function forward(resident: Resident, elapsedMs: number): NatBinding {
  return {
    ...owner(resident),
    transport: "tcp",
    internalPort: 443,
    externalPort: 8443,
    kind: "forward",
    filtering: "open",
    ageMs: 283_000_000 + elapsedMs,
    idleMs: 95_000,
    upBytes: 61_204_331,
    downBytes: 2_204_118,
  };
}
