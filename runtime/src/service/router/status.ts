import { formatIPv4, type IPv4 } from "../../addr/ipv4.ts";
import { formatPrefix } from "../../addr/prefix.ts";
import type { Config } from "../../config/schema.ts";
import { linkSpeed } from "../../linux/link-speed.ts";
import type { RouteSnapshot } from "../../linux/netlink/route.ts";
import type { Plan } from "../../render/plan.ts";
import type { RadioPlan } from "../../render/wifi/radios.ts";
import type { TrialView } from "../configuration/service.ts";
import type { Device, TrafficDelta } from "./devices.ts";
import { linkNamed, type WanFacts, wanFacts } from "./network.ts";

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
  trial: { id: string; remainingSeconds: number; address: string; moved: boolean } | null;
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
  // Without the notices: whoever is at home may listen.
  | { type: "notices" }
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

/** All that the status is made of. */
export interface StatusInput {
  version: string;
  /** Milliseconds since the start of the program. */
  uptime: number;
  /** Milliseconds since 1970. */
  now: number;
  /** The configuration and its revision, 0 for the defaults. */
  config: Config;
  revision: number;
  snapshot: RouteSnapshot;
  plan: Plan;
  upstreams: readonly IPv4[];
  wanSince: number | null;
  nat: Status["nat"];
  /** What each radio does. */
  radios: readonly RadioPlan[];
  trial: TrialView | null;
  /** One sentence for each thing that is wrong. */
  faults: {
    configuration: readonly string[];
    /** What became of the last change that was tried; "": nothing to tell. */
    trial: string;
    nat: readonly string[];
    apply: readonly string[];
    /** Why the machine could not be brought to the configuration at all, lately. */
    reconcile: readonly string[];
    /** Ways to the Internet that do not work. */
    wan: readonly string[];
    /** What the record of traffic has lost, or cannot keep. */
    traffic: readonly string[];
  };
}

export function routerStatus(input: StatusInput): Status {
  const { config, snapshot, plan } = input;
  const { network } = plan;
  const [home] = network.lans;
  return {
    version: input.version,
    hostName: config.hostname,
    routerAddress: formatIPv4(home.prefix.address),
    uptimeSeconds: Math.floor(input.uptime / 1000),
    time: input.now,
    wan: {
      ...wanFacts(snapshot, network.wan?.interface),
      dns: input.upstreams.map(formatIPv4),
      since: input.wanSince,
    },
    lan: {
      interface: home.bridge,
      address: formatPrefix(home.prefix),
      ports: home.ports.map((name) => ({
        name,
        carrier: linkNamed(snapshot, name)?.carrier ?? false,
        speedMbit: linkSpeed(name),
      })),
      clash: plan.clash,
    },
    wifi: wifiStatus({
      ...wirelessShown(config),
      radios: input.radios,
      runs: (radio) => linkNamed(snapshot, radio)?.carrier ?? false,
    }),
    nat: input.nat,
    trial: trialStatus(input.trial),
    notices: notices(input),
  };
}

function trialStatus(trial: TrialView | null): Status["trial"] {
  if (trial === null) return null;
  const { id, remainingMs, address, formerAddress } = trial;
  return {
    id,
    remainingSeconds: Math.ceil(remainingMs / 1000),
    address,
    moved: address !== formerAddress,
  };
}

function notices({ plan: { clash, notes }, faults, ...input }: StatusInput): Notice[] {
  const all = (
    severity: Notice["severity"],
    area: string,
    texts: readonly string[],
    hint: string,
  ): Notice[] => texts.map((text, i) => ({ id: `${area}-${i}`, severity, text, hint }));
  return [
    ...all(
      "error",
      "configuration",
      faults.configuration,
      input.revision === 0 ? "The defaults are in use." : `Revision ${input.revision} is in use.`,
    ),
    ...all("warning", "trial", faults.trial === "" ? [] : [faults.trial], "Everything is as it was before."),
    ...all("error", "reconcile", faults.reconcile, "The router tries again every second."),
    ...all("warning", "wan", faults.wan, ""),
    ...all("error", "nat", faults.nat, "New connections wait until this is resolved."),
    ...all("warning", "clash", clash === null ? [] : [clash], ""),
    ...all("warning", "apply", faults.apply, "The router runs on without it."),
    ...all("warning", "traffic", faults.traffic, "The Internet and the home network are not affected."),
    ...all("info", "ports", notes, ""),
    ...all("info", "wifi", radioNotes(input.radios), ""),
  ];
}

/** The wireless network that is shown: the first that is on. */
function wirelessShown({ wifi: { networks } }: Config): {
  enabled: boolean;
  name: string;
  passphrase: string | null;
} {
  const shown = networks.find(({ enabled, passphrase }) => enabled && passphrase !== null) ?? networks[0];
  return shown ?? { enabled: false, name: "", passphrase: null };
}

/** What those that serve do otherwise than asked for; what the others say is the state's explanation. */
function radioNotes(radios: readonly RadioPlan[]): string[] {
  return radios.flatMap(({ accessPoint, notes }) => (accessPoint === undefined ? [] : notes));
}

/** The access point's state in words, from what was asked for and what the radio did with it. */
export function wifiStatus(asked: {
  enabled: boolean;
  name: string;
  passphrase: string | null;
  radios: readonly RadioPlan[];
  runs: (radio: string) => boolean;
}): Status["wifi"] {
  const { enabled, name, passphrase, radios, runs } = asked;
  const serving = radios.filter(({ accessPoint }) => accessPoint !== undefined);
  const radio = (serving[0] ?? radios[0])?.radio ?? null;
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
  if (serving.length === 0) {
    const unable = radios.flatMap(({ notes }) => notes).join(" ");
    return unable === ""
      ? {
          state: "off",
          name,
          radio,
          explanation: "Wi-Fi is off at this hour, or its radios are switched off.",
        }
      : { state: "failed", name, radio, explanation: unable };
  }
  return serving.some((plan) => runs(plan.radio))
    ? { state: "on", name, radio, explanation: `Devices can join ${name}.` }
    : {
        state: "failed",
        name,
        radio,
        explanation: "The access point is starting or could not start; the log says why.",
      };
}
