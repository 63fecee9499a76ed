import type { WifiNow } from "../../api/wifi.ts";

type Mood = "good" | "quiet" | "trouble";

export const NETWORK_STATES: Record<WifiNow["networks"][number]["state"], { text: string; mood: Mood }> = {
  on: { text: "On", mood: "good" },
  starting: { text: "Starting", mood: "quiet" },
  off: { text: "Off", mood: "quiet" },
  hours: { text: "Off now", mood: "quiet" },
  "not-configured": { text: "No passphrase", mood: "quiet" },
  "no-radio": { text: "Not sent", mood: "trouble" },
};

export const RADIO_STATES: Record<WifiNow["radios"][number]["state"], { text: string; mood: Mood }> = {
  serving: { text: "On", mood: "good" },
  starting: { text: "Starting", mood: "quiet" },
  off: { text: "Off", mood: "quiet" },
  unable: { text: "Cannot serve", mood: "trouble" },
};
