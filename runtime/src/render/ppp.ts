import { type Network, type RenderedFile, type WanSide, wanEthernet } from "./network.ts";

/** PPPoE's header with PPP's (RFC 2516, 7). */
export const PPPOE_OVERHEAD = 8;
/** What fits into an Ethernet frame behind them. */
const USUAL_MTU = 1492;

/** A file of options for pppd 2.5 (pppd(8)) for each way to the Internet that signs in: "<name>.conf". It holds the password. */
export function renderPpp({ wans, config }: Pick<Network, "wans" | "config">): RenderedFile[] {
  return wans.filter((wan) => wan.config.mode === "pppoe").map((wan) => link(wan, config.ipv6.enabled));
}

function link({ config, port, interface: name }: WanSide, hasIpv6: boolean): RenderedFile {
  const { user, password, service } = config.pppoe;
  const mtu = config.mtu === "auto" ? USUAL_MTU : config.mtu;
  const lines = [
    "plugin pppoe.so",
    // Without the prefix a port could be taken for an option.
    `nic-${wanEthernet(config, port)}`,
    ...(service === "" ? [] : [`pppoe-service ${quoted(service)}`]),
    `ifname ${name}`,
    `linkname ${config.name}`,
    "nodetach",
    // To the journal once, not also by standard output.
    "nolog",
    `user ${quoted(user)}`,
    `password ${quoted(password)}`,
    "hide-password",
    // The provider does not sign in with us, and gives all addresses.
    "noauth",
    "noipdefault",
    "ipcp-accept-local",
    "ipcp-accept-remote",
    hasIpv6 ? "+ipv6" : "noipv6",
    // Above 1492 the plugin asks the provider for it (RFC 4638), and falls back where that is refused.
    `mtu ${mtu}`,
    `mru ${mtu}`,
    // Fibre and DSL are faster than what these save, and IP has checksums of its own.
    "noaccomp",
    "nopcomp",
    "novj",
    "noccp",
    // A provider that is gone is noticed within half a minute; the unit then signs in anew.
    "lcp-echo-interval 10",
    "lcp-echo-failure 3",
    // networkd gives the route, and the router asks the name servers itself.
    "nodefaultroute",
    "usepeerdns",
    "ip-up-script /usr/lib/gatehouse/ppp-up",
  ];
  return { name: `${config.name}.conf`, text: lines.map((line) => `${line}\n`).join("") };
}

/** A word in double quotes, within which pppd takes all printable characters but these two as they are. */
function quoted(word: string): string {
  if (!/^[ -~]*$/.test(word)) throw new RangeError("a word for pppd has characters other than ASCII's");
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}
