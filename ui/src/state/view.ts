/** What the path of the URL shows. */
export type View =
  | { name: "home" }
  | { name: "devices" }
  | { name: "device"; mac: string }
  | { name: "traffic" }
  | { name: "network" }
  | { name: "internet" }
  | { name: "networks" }
  | { name: "privacy" }
  | { name: "wifi" }
  | { name: "configuration" }
  | { name: "nothing" };

/** Views whose path is their name. */
const PLAIN = ["devices", "traffic", "network", "privacy", "wifi"] as const;

/** The view at `path`. */
export function viewOf(path: string): View {
  const [name = "", detail, ...rest] = path.replace(/^\/|\/$/g, "").split("/");
  if (rest.length > 0) return { name: "nothing" };
  if (name === "devices" && detail !== undefined)
    return { name: "device", mac: detail.replace(/%3a/gi, ":").toLowerCase() };
  if (name === "system" && detail === "configuration") return { name: "configuration" };
  if (name === "network" && detail === "internet") return { name: "internet" };
  if (name === "network" && detail === "home") return { name: "networks" };
  if (detail !== undefined) return { name: "nothing" };
  if (name === "") return { name: "home" };
  return isPlain(name) ? { name } : { name: "nothing" };
}

function isPlain(name: string): name is (typeof PLAIN)[number] {
  return PLAIN.some((plain) => plain === name);
}

/** The address of a device's view. */
export function deviceHref(mac: string): string {
  return `/devices/${mac}`;
}

/** What the traffic view can be asked to show; times in milliseconds since 1970. */
export interface TrafficPlace {
  device?: string;
  remote?: string;
  domain?: string;
  from?: number;
  to?: number;
}

/** The address of the traffic view; without times it is live. */
export function trafficHref(place: TrafficPlace): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(place)) if (value !== undefined) query.set(name, `${value}`);
  return query.size === 0 ? "/traffic" : `/traffic?${query}`;
}
