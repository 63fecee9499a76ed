import type { NatAssociation, NatBinding, NatDevice, NatSession } from "../../api/nat.ts";
import type { Connection } from "../../state/openings.svelte.ts";
import type { OpeningOrder } from "../../state/openings-order.ts";

interface Wording {
  text: string;
  mood: "good" | "quiet" | "trouble";
  /** What it means for games and calls. */
  meaning: string;
}

/** The NAT type as consoles say it. */
export const NAT_TYPES: Record<NatDevice["type"], Wording> = {
  open: {
    text: "Open",
    mood: "good",
    meaning:
      "Other players and callers reach this device directly. Hosting games and calls work at their best.",
  },
  moderate: {
    text: "Moderate",
    mood: "quiet",
    meaning:
      "Only those this device has contacted can answer. Most games and calls work; hosting may fail, and two moderate players may not find each other.",
  },
  strict: {
    text: "Strict",
    mood: "trouble",
    meaning:
      "This device has opened more than there is room for, so new games and calls may fail. Close programs with very many connections, such as file sharing.",
  },
};

/** Who may come in through a door. */
export const FILTERINGS: Record<NatBinding["filtering"], { people: string; term: string }> = {
  open: { people: "Anyone", term: "Endpoint-independent (EIF)" },
  address: { people: "Its contacts", term: "Address-dependent" },
  "address-and-port": { people: "Its exact contacts", term: "Address and port-dependent" },
};

const TRANSPORTS: Record<NatBinding["transport"], string> = { tcp: "TCP", udp: "UDP", icmp: "Ping" };

const STATES: Record<NatSession["state"], string> = {
  opening: "Opening",
  established: "Open",
  closing: "Closing",
  reset: "Cut off",
  active: "In use",
};

const PROTOCOLS: Record<NatAssociation["protocol"], string> = {
  gre: "GRE",
  esp: "ESP",
  sctp: "SCTP",
  "6in4": "6in4",
  ipip: "IPIP",
};

/** What well-known ports are for, in words of the home. */
const PURPOSES: Record<number, string> = {
  22: "remote login",
  53: "name lookup",
  80: "web",
  123: "clock",
  143: "mail",
  443: "web",
  465: "mail",
  587: "mail",
  853: "name lookup",
  993: "mail",
  1194: "VPN",
  3074: "games",
  3478: "calls and games",
  3479: "calls and games",
  4500: "VPN",
  5222: "messages",
  5223: "messages",
  5228: "messages",
  5349: "calls and games",
  6881: "file sharing",
  8883: "smart home",
  19302: "calls and games",
  51820: "VPN",
};

/** What a connection is, in small print: "TCP 443, web". */
export function kindOf(connection: Connection): string {
  if (!("transport" in connection)) return `${PROTOCOLS[connection.protocol]}, tunnel`;
  const purpose = PURPOSES[connection.remotePort];
  return `${TRANSPORTS[connection.transport]} ${connection.remotePort}${purpose ? `, ${purpose}` : ""}`;
}

export function stateOf(connection: Connection): string {
  return "state" in connection ? STATES[connection.state] : "In use";
}

/** Where a door leads, in small print: "TCP, by your settings, port 443 at home". */
export function leadsTo({ transport, internalPort, externalPort, kind }: NatBinding): string {
  const opener = kind === "forward" ? ", by your settings" : "";
  const port = internalPort === externalPort ? "same port" : `port ${internalPort}`;
  return `${TRANSPORTS[transport]}${opener}, ${port} at home`;
}

export const ORDER_LABELS: Record<OpeningOrder, string> = {
  data: "Most data",
  place: "Address or port",
  newest: "Newest",
  used: "Last used",
};
