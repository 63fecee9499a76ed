import type { Device, TrafficDelta } from "./devices.ts";
import type { WanFacts } from "./network.ts";

/** The router as the API shows it; see api/model.ts for each field. */
export interface Status {
  version: string;
  hostName: string;
  routerAddress: string;
  uptimeSeconds: number;
  time: number;
  wan: WanFacts & { dns: string[]; since: number | null };
  lan: {
    interface: string;
    address: string;
    ports: { name: string; carrier: boolean; speedMbit: number | null }[];
    clash: string | null;
  };
  wifi: {
    state: "on" | "off" | "no-radio" | "not-configured" | "failed";
    name: string | null;
    radio: string | null;
    explanation: string;
  };
  nat: { state: "running" | "stopped"; path: "offload" | "inline"; bindings: number; drops: number };
  notices: Notice[];
}

export interface Notice {
  id: string;
  severity: "info" | "warning" | "error";
  text: string;
  hint: string;
}

/** What happened, for the live stream; see api/model.ts. */
export type LiveEvent =
  | { type: "status"; status: Status }
  | { type: "devices"; devices: Device[] }
  | {
      type: "traffic";
      at: number;
      intervalMs: number;
      total: { up: number; down: number };
      devices: TrafficDelta[];
    };

/** The traffic event of one interval ending at `at`, milliseconds since 1970. */
export function trafficEvent(at: number, intervalMs: number, devices: TrafficDelta[]): LiveEvent {
  const total = { up: 0, down: 0 };
  for (const { up, down } of devices) {
    total.up += up;
    total.down += down;
  }
  return { type: "traffic", at, intervalMs, total, devices };
}

/** The access point's state in words, from what was asked for and what the radio did with it. */
export function wifiStatus(asked: {
  enabled: boolean;
  name: string;
  passphrase: string | null;
  radios: string[];
  runs: (radio: string) => boolean;
}): Status["wifi"] {
  const { enabled, name, passphrase, radios, runs } = asked;
  const radio = radios[0] ?? null;
  if (radio === null) {
    return {
      state: "no-radio",
      name: null,
      radio,
      explanation: "No Wi-Fi radio was found; the router works by cable.",
    };
  }
  if (!enabled) return { state: "off", name, radio, explanation: "Wi-Fi is switched off." };
  if (passphrase === null) {
    return {
      state: "not-configured",
      name,
      radio,
      explanation: "Wi-Fi stays off until a passphrase is chosen.",
    };
  }
  return runs(radio)
    ? { state: "on", name, radio, explanation: `Devices can join ${name}.` }
    : {
        state: "failed",
        name,
        radio,
        explanation: "The access point is starting or could not start; the log says why.",
      };
}
