import { join } from "node:path";
import { accessPoints } from "../../linux/hostapd/hostapd.ts";
import { reloadNetworkd } from "../../linux/networkd/reload.ts";
import { synchroniseUnits } from "../../linux/networkd/units.ts";
import { applyRuleset } from "../../linux/nftables/ruleset.ts";
import { pppLinks } from "../../linux/ppp/ppp.ts";
import { setSysctls } from "../../linux/sysctl/sysctl.ts";
import { UNIT_PREFIX } from "../../render/networkd.ts";
import type { Machine } from "./apply.ts";

/** Where pppd's options and the states of its links are. */
export function pppFolder(run: string): string {
  return join(run, "ppp");
}

/** The machine this program runs on; `run` is the router's own folder for what need not survive a reboot. */
export function hostMachine(run: string): Machine {
  return {
    applyRuleset,
    setSysctls,
    synchroniseUnits: (files) => synchroniseUnits(files, UNIT_PREFIX),
    reloadNetworkd,
    accessPoints: accessPoints(join(run, "hostapd")),
    pppLinks: pppLinks(pppFolder(run)),
  };
}
