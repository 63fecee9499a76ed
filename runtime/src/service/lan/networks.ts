import { formatIPv4 } from "../../addr/ipv4.ts";
import type { Mac } from "../../addr/mac.ts";
import { formatPrefix } from "../../addr/prefix.ts";
import { dhcpRange } from "../../config/lan.ts";
import { type Reach, reachOf } from "../../config/reach.ts";
import { broadcast } from "../../linux/packet/multicast.ts";
import { ulaAddress } from "../../render/ipv6.ts";
import type { LanSide, Network } from "../../render/network.ts";
import { magicPacket } from "../../wire/wake-on-lan.ts";

export type { Reach } from "../../config/reach.ts";

/** A network of the home as the API shows it; see api/lan-model.ts for each field. */
export interface HomeNetwork {
  name: string;
  bridge: string;
  address: string;
  firstLease: string;
  lastLease: string;
  ports: string[];
  vlan: number | null;
  tagged: string[];
  internet: boolean;
  router: boolean;
  isolated: boolean;
  /** Devices there now. */
  devices: number;
}

/** Where magic packets go: port 9 (discard), whose datagrams nobody answers. */
const WAKE_PORT = 9;

export interface NetworksOptions {
  network(): Network;
  devices(): readonly { mac: Mac; network: string | null; connected: boolean }[];
  /** For tests. */
  send?: typeof broadcast;
}

/** What the API tells of the home's networks, and what it does there. */
export class HomeNetworks {
  constructor(private readonly options: NetworksOptions) {}

  list(): HomeNetwork[] {
    return this.options.network().lans.map((lan) => this.#shown(lan));
  }

  /** The router's addresses in the networks whose devices may open its page, as a URL names them. */
  pageAddresses(): string[] {
    const { lans, ipv6 } = this.options.network();
    const open = lans.filter(({ config }) => config.router);
    return [
      ...open.map(({ prefix }) => formatIPv4(prefix.address)),
      ...(ipv6 === undefined ? [] : open.map(({ config }) => `[${ulaAddress(ipv6, config.name)}]`)),
    ];
  }

  /** Who may reach whom, in words. */
  reach(): Reach[] {
    return reachOf(this.options.network().config);
  }

  /**
   * Sends the magic packet that wakes a sleeping device, in the network it was last in, or in all where that is not known. Which
   * networks it went to. Throws SystemError when none took it.
   */
  wake(mac: Mac): string[] {
    const { send = broadcast } = this.options;
    const last = this.options.devices().find((device) => device.mac === mac)?.network;
    const { lans } = this.options.network();
    const known = lans.filter(({ config }) => config.name === last);
    const packet = magicPacket(mac);
    const errors: unknown[] = [];
    const reached = (known.length > 0 ? known : lans).filter(({ bridge }) => {
      try {
        send(bridge, WAKE_PORT, packet);
        return true;
      } catch (error) {
        errors.push(error);
        return false;
      }
    });
    if (reached.length === 0) throw errors[0];
    return reached.map(({ config }) => config.name);
  }

  #shown({ config, bridge, prefix, ports, tagged }: LanSide): HomeNetwork {
    const { first, last } = dhcpRange(prefix, config.dhcp);
    const { name, vlan, internet, router, isolated } = config;
    const devices = this.options.devices().filter((device) => device.connected && device.network === name);
    return {
      name,
      bridge,
      address: formatPrefix(prefix),
      firstLease: formatIPv4(first),
      lastLease: formatIPv4(last),
      ports,
      vlan,
      tagged,
      internet,
      router,
      isolated,
      devices: devices.length,
    };
  }
}
