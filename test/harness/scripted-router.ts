import type { Counters, Device, LiveEvent, Status } from "@gatehouse/runtime/api/model.ts";
import type { RouterSource } from "@gatehouse/runtime/api/source.ts";
import { policyAt } from "@gatehouse/runtime/config/policy.ts";
import { FakeMachine } from "@gatehouse/runtime/service/configuration/service.fixture.ts";
import { type AccessMood, ScriptedAccess } from "./scripted-access.ts";
import { type Habit, healthy, type Resident, residents, START, unplugged } from "./scripted-home.ts";
import { scriptedLan } from "./scripted-lan.ts";
import { type NatMood, ScriptedNat } from "./scripted-nat.ts";
import { ScriptedRevisions } from "./scripted-revisions.ts";
import { ScriptedTraffic } from "./scripted-traffic.ts";
import { scatter } from "./scripted-volume.ts";
import { scriptedWan } from "./scripted-wan.ts";
import { scriptedWifi } from "./scripted-wifi.ts";

/** What the scripted router lives through. */
export interface Script {
  devices: number;
  internet: "online" | "unplugged";
  nat?: NatMood;
  access?: AccessMood;
}

const INTERVAL_MS = 100;

/** A router made of a script: the same events in the same order every time, paced by whoever calls `tick`. */
export class ScriptedRouter implements RouterSource {
  readonly nat: ScriptedNat;
  readonly traffic: ScriptedTraffic;
  readonly access: ScriptedAccess;
  readonly settings: ScriptedAccess["settings"];
  readonly machine = new FakeMachine();
  readonly configuration = this.machine.start();
  readonly policy = { current: () => policyAt(this.configuration.current().config, Date.now()) };
  readonly lan: RouterSource["lan"];
  readonly wifi: RouterSource["wifi"];
  readonly wan = scriptedWan();
  readonly revisions: RouterSource["revisions"];
  private readonly kept = new ScriptedRevisions();
  private readonly home: Resident[];
  private readonly state: Status;
  private readonly listeners = new Set<(event: LiveEvent) => void>();
  private elapsedMs = 0;
  private seed = 1;

  constructor(script: Script) {
    this.home = residents(script.devices);
    this.nat = new ScriptedNat(this.home, script.nat ?? "usual", () => this.elapsedMs);
    this.traffic = new ScriptedTraffic(this.home, () => this.emit({ type: "notices" }));
    this.access = new ScriptedAccess(script.access ?? "everyone");
    this.settings = this.access.settings;
    this.revisions = this.kept.revisions;
    this.lan = scriptedLan(script.devices);
    this.wifi = scriptedWifi(script.devices);
    this.state = script.internet === "online" ? healthy() : unplugged();
  }

  /** Takes away what was written. */
  remove(): void {
    this.access.remove();
    this.kept.remove();
  }

  status(): Status {
    const { uptimeSeconds } = this.state;
    return {
      ...this.state,
      time: this.now(),
      uptimeSeconds: uptimeSeconds + Math.floor(this.elapsedMs / 1000),
    };
  }

  counters(): Counters {
    return { dhcp: { acknowledged: 1 }, dns: {}, nat: {}, tap: { frames: 5 } };
  }

  devices(): Device[] {
    return this.home.map(({ device }) => device);
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** One interval of traffic. */
  tick(): void {
    this.elapsedMs += INTERVAL_MS;
    const online = this.state.wan.state === "online";
    const devices = online
      ? this.home
          .map(({ device, habit }, i) => ({ mac: device.mac, ...this.volume(habit, i) }))
          .filter(({ up, down }) => up + down > 0)
      : [];
    const total = { up: 0, down: 0 };
    for (const { up, down } of devices) {
      total.up += up;
      total.down += down;
    }
    this.traffic.tick(devices);
    this.emit({ type: "traffic", at: this.now(), intervalMs: INTERVAL_MS, total, devices });
  }

  private now(): number {
    return START + this.elapsedMs;
  }

  private emit(event: LiveEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  /** Bytes of one interval: a slow swell, some noise, and for streams the fetching of a segment every few seconds. */
  private volume({ down, up, bursts }: Habit, i: number): { up: number; down: number } {
    const seconds = this.elapsedMs / 1000;
    const swell = 1 + 0.2 * Math.sin(seconds / (4 + (i % 5)) + i) + 0.15 * Math.sin(seconds / 1.7 + 2 * i);
    const shape = bursts ? fetching(seconds + i * 2.3, 5 + (i % 3) * 2.5, i) : swell;
    const bytes = (rate: number) =>
      Math.round((rate * shape * (0.85 + 0.3 * this.random()) * INTERVAL_MS) / 8000);
    return { up: bytes(up), down: bytes(down) };
  }

  /** Numerical Recipes' linear congruential generator: noise that is the same in every run. */
  private random(): number {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
    return this.seed / 2 ** 32;
  }
}

/** How strongly a stream fetches: about once in `period` seconds a segment of its own size, quickly up and slowly down. */
function fetching(seconds: number, period: number, stream: number): number {
  const segment = Math.floor(seconds / period);
  const length = 1 + 2.5 * scatter(stream + segment * 7);
  const time = (seconds % period) - (period - length) * scatter(stream * 3 + segment);
  if (time < 0 || time > length) return 0.03;
  const edge = Math.min(1, time / 0.4, (length - time) / 0.9);
  return 0.03 + edge * (0.8 + 2.4 * scatter(stream * 5 + segment * 11));
}
