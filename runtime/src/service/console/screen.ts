/** The part of the API's status that the console shows, see api/model.ts, and whether there is an owner, see api/access.ts. */
export interface ConsoleStatus {
  version: string;
  hostName: string;
  routerAddress: string;
  wan: { state: string; interface: string | null; address: string | null };
  wifi: { state: string; name: string | null };
  owner: "none" | "set";
  notices: { severity: string; text: string; hint: string }[];
}

const WAN_WORDS: Record<string, string> = {
  online: "online",
  "no-port": "no Ethernet port for the Internet was found",
  "no-cable": "no cable, or the provider's box is off",
  "no-address": "waiting for an address from the provider",
  disabled: "switched off",
};

const OWNER_WORDS = {
  none: "no password yet; whoever opens the web page first chooses it",
  set: "has a password; forgotten? Type here: owner reset",
};

/** The console's text: where the web page is and how the router does; undefined status: it does not answer (yet). */
export function screenText(status: ConsoleStatus | undefined, connectedDevices: number): string {
  if (status === undefined) return "\n  Gatehouse\n\n  The router is starting.\n";
  const { wan, wifi } = status;
  const rows: [string, string][] = [
    ["Web page", `http://${status.routerAddress}/  (from a device at home)`],
    ["Internet", wanWords(wan)],
    ["Wi-Fi", wifi.state === "on" ? `on, ${wifi.name}` : wifi.state.replaceAll("-", " ")],
    ["Devices", `${connectedDevices} connected`],
    ["Owner", OWNER_WORDS[status.owner]],
  ];
  const notices = status.notices.map(
    ({ severity, text, hint }) => `  ${mark(severity)} ${`${text} ${hint}`.trim()}\n`,
  );
  return [
    `\n  Gatehouse ${status.version}  ${status.hostName}\n\n`,
    ...rows.map(([name, value]) => `  ${name.padEnd(10)}${value}\n`),
    ...(notices.length > 0 ? ["\n", ...notices] : []),
  ]
    .join("")
    .replace(/[^\P{C}\n]/gu, "\u{fffd}");
}

function wanWords({ state, interface: name, address }: ConsoleStatus["wan"]): string {
  if (address === null) return WAN_WORDS[state] ?? state;
  if (state === "no-address") return `the provider gave ${address} on ${name}, but no way on from there`;
  return `${WAN_WORDS[state] ?? state}, ${address} on ${name}`;
}

function mark(severity: string): string {
  return severity === "info" ? "-" : "!";
}
