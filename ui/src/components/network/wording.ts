import type { Status } from "../../api/router.ts";

interface Wording {
  text: string;
  mood: "good" | "quiet" | "trouble";
}

/** What the states are called for people. */
export const WAN_STATES: Record<Status["wan"]["state"], Wording> = {
  online: { text: "Online", mood: "good" },
  "no-port": { text: "No port", mood: "trouble" },
  "no-cable": { text: "No cable", mood: "trouble" },
  "no-address": { text: "No address", mood: "trouble" },
  disabled: { text: "Switched off", mood: "quiet" },
};

export const WIFI_STATES: Record<Status["wifi"]["state"], Wording> = {
  on: { text: "On", mood: "good" },
  off: { text: "Off", mood: "quiet" },
  "no-radio": { text: "No radio", mood: "quiet" },
  "not-configured": { text: "Not set up", mood: "quiet" },
  failed: { text: "Failed", mood: "trouble" },
};

export const NAT_STATES: Record<Status["nat"]["state"], Wording> = {
  running: { text: "Running", mood: "good" },
  stopped: { text: "Stopped", mood: "trouble" },
};

/** Who decides where packets go. */
export const NAT_PATHS: Record<Status["nat"]["path"], string> = {
  offload: "The kernel carries known connections",
  inline: "Every packet is looked at",
};
