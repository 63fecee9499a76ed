import type { Reach } from "../../api/networks.ts";
import type { Device } from "../../api/router.ts";
import { titleOf } from "../../state/device-order.ts";

/** What hangs on a port, in a few words. */
export function pluggedIn(devices: readonly Device[], port: string): string {
  const there = devices.filter((device) => device.connected && device.port === port);
  const [first] = there;
  if (first === undefined) return "Nothing is seen on it";
  const others = there.length - 1;
  return others === 0 ? titleOf(first) : `${titleOf(first)} and ${others} more`;
}

/** What is said of a network: its own sentences, what it may first. */
export function sentencesOf(reach: readonly Reach[], network: string): Reach[] {
  const order = { all: 0, some: 1, none: 2 };
  return reach.filter(({ from }) => from === network).toSorted((a, b) => order[a.verdict] - order[b.verdict]);
}
