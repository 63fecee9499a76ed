import type { LanSide, Network, WanSide } from "./network.ts";
import type { Section } from "./networkd-unit.ts";

/** Queues form where the line is slower than what feeds it: here, by a little, and not in the provider's modem. */
const SHARE = 0.95;

/**
 * What each packet takes on the line besides itself, in bytes: Ethernet's header, check sequence, preamble and gap (IEEE 802.3), which
 * is more than other lines take (tc-cake(8)): counting too much costs a hundredth of the rate, counting too little the whole effect.
 */
const ETHERNET = 38;
const VLAN_TAG = 4;
/** RFC 2516 and PPP's protocol field. */
const PPPOE = 8;
/** Ethernet's smallest frame with the same. */
const SMALLEST = 84;

/** The queue of what leaves for a provider, CAKE (systemd.network(5)), kept short; none where the line's rate is not known. */
export function uploadQueue({ config }: WanSide): Section[] {
  // After the translation all devices have one address: flows are told apart, devices are not.
  return config.upload === null ? [] : [cake(config.upload, config, "flows")];
}

/**
 * The same of what arrives for a network of the home, on its bridge: there packets have their device's own address, so that every
 * device gets its share however many flows it has, and both ways through the kernel, rules and accelerator, end there. Where several
 * networks are busy at once each may take the whole line.
 */
export function downloadQueue({ config: { internet } }: LanSide, { wan }: Network): Section[] {
  if (!internet || wan === undefined || wan.config.download === null) return [];
  return [cake(wan.config.download, wan.config, "dual-dst-host")];
}

function cake(megabits: number, { mode, vlan }: WanSide["config"], isolation: string): Section {
  const overhead = ETHERNET + (vlan === null ? 0 : VLAN_TAG) + (mode === "pppoe" ? PPPOE : 0);
  return [
    "CAKE",
    {
      Bandwidth: `${Math.round(megabits * SHARE * 1000)}K`,
      OverheadBytes: `${overhead}`,
      MPUBytes: `${SMALLEST}`,
      FlowIsolationMode: isolation,
      // Marks of who sends are the sender's own word.
      PriorityQueueingPreset: "besteffort",
    },
  ];
}
