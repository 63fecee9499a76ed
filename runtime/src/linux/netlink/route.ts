import { existsSync } from "node:fs";
import { receive } from "../ffi/receiver.ts";
import {
  AF_INET6,
  type Ipv6Address,
  type Ipv6Neighbour,
  readIpv6Address,
  readIpv6DefaultRoute,
  readIpv6Neighbour,
} from "./ipv6-messages.ts";
import { MessageBuilder, type MessageCursor, NLM_F_DUMP, NLM_F_REQUEST } from "./message.ts";
import {
  AF_BRIDGE,
  AF_INET,
  type BridgePort,
  type DefaultRoute,
  IFADDRMSG_LENGTH,
  IFINFOMSG_LENGTH,
  type Link,
  type LinkAddress,
  NDMSG_LENGTH,
  type Neighbour,
  RTM_GETADDR,
  RTM_GETLINK,
  RTM_GETNEIGH,
  RTM_GETROUTE,
  RTMSG_LENGTH,
  readAddress,
  readBridgePort,
  readDefaultRoute,
  readLink,
  readNeighbour,
} from "./route-messages.ts";
import { NetlinkSocket, openNotifications } from "./socket.ts";

export type { Ipv6Address, Ipv6Neighbour } from "./ipv6-messages.ts";
export type { BridgePort, DefaultRoute, Link, LinkAddress, Neighbour } from "./route-messages.ts";

/** The kernel's IPv6 state. */
export interface Ipv6State {
  addresses: Ipv6Address[];
  /** Of the main table, in no order. */
  defaultRoutes: { link: number }[];
  neighbours: Ipv6Neighbour[];
}

/** One look at the kernel's state; what names no family is IPv4's. */
export interface RouteSnapshot {
  links: Link[];
  addresses: LinkAddress[];
  /** Those of the main table, the one in use first. */
  defaultRoutes: DefaultRoute[];
  neighbours: Neighbour[];
  bridgePorts: BridgePort[];
  ipv6: Ipv6State;
}

/** Reads the state once. Throws NetlinkError. */
export function snapshotRoute(): RouteSnapshot {
  const socket = NetlinkSocket.open("route");
  try {
    const read = <T>(dump: Dump, readOne: (message: MessageCursor) => T | undefined) =>
      dumpObjects(socket, dump, readOne);
    return {
      links: read(LINKS, (message) => readLink(message, isRadio)),
      addresses: read(ADDRESSES, readAddress),
      defaultRoutes: read(ROUTES, readDefaultRoute).sort((a, b) => a.metric - b.metric),
      neighbours: read(NEIGHBOURS, readNeighbour),
      bridgePorts: read(FORWARDING, readBridgePort),
      ipv6: {
        addresses: read(ofIpv6(ADDRESSES), readIpv6Address),
        defaultRoutes: read(ofIpv6(ROUTES), readIpv6DefaultRoute),
        neighbours: read(ofIpv6(NEIGHBOURS), readIpv6Neighbour),
      },
    };
  } finally {
    socket.close();
  }
}

export interface RouteWatch {
  close(): void;
}

// A cable plugged in makes a burst of notifications; one look serves them all.
const COALESCE_MS = 20;
const RTMGRP_LINK = 1;
const RTMGRP_NEIGH = 4;
const RTMGRP_IPV4_IFADDR = 0x10;
const RTMGRP_IPV4_ROUTE = 0x40;
const RTMGRP_IPV6_IFADDR = 0x100;
const RTMGRP_IPV6_ROUTE = 0x400;
const WATCHED =
  RTMGRP_LINK |
  RTMGRP_NEIGH |
  RTMGRP_IPV4_IFADDR |
  RTMGRP_IPV4_ROUTE |
  RTMGRP_IPV6_IFADDR |
  RTMGRP_IPV6_ROUTE;

/**
 * Calls `onChange` with a snapshot now and, until closed, whenever one differs from the last; changes within 20
 * ms are one. Errors after the first go to `onError`. Throws SystemError.
 */
export function watchRoute(
  onChange: (snapshot: RouteSnapshot) => void,
  onError: (error: Error) => void,
): RouteWatch {
  const fd = openNotifications(WATCHED);
  let last = snapshotRoute();
  let timer: Timer | undefined;
  const look = () => {
    timer = undefined;
    try {
      const snapshot = snapshotRoute();
      if (Bun.deepEquals(snapshot, last)) return;
      last = snapshot;
    } catch (error) {
      onError(error as Error);
      return;
    }
    onChange(last);
  };
  // A notification says only that something changed: it may be cut, and others may have been lost.
  const NOTIFICATION_LENGTH = 16;
  const notice = () => {
    timer ??= setTimeout(look, COALESCE_MS);
  };
  const receiver = receive(fd, NOTIFICATION_LENGTH, notice, onError);
  onChange(last);
  return {
    close: () => {
      clearTimeout(timer);
      receiver.stop();
    },
  };
}

/**
 * A dump request: its type, and the struct of fixed length that it carries, of which only the first byte, the
 * family, is set.
 */
interface Dump {
  what: string;
  type: number;
  family: number;
  fixedLength: number;
}

const LINKS: Dump = { what: "RTM_GETLINK", type: RTM_GETLINK, family: 0, fixedLength: IFINFOMSG_LENGTH };
const ADDRESSES: Dump = {
  what: "RTM_GETADDR",
  type: RTM_GETADDR,
  family: AF_INET,
  fixedLength: IFADDRMSG_LENGTH,
};
const ROUTES: Dump = { what: "RTM_GETROUTE", type: RTM_GETROUTE, family: AF_INET, fixedLength: RTMSG_LENGTH };
const NEIGHBOURS: Dump = {
  what: "RTM_GETNEIGH",
  type: RTM_GETNEIGH,
  family: AF_INET,
  fixedLength: NDMSG_LENGTH,
};
const FORWARDING: Dump = {
  what: "RTM_GETNEIGH fdb",
  type: RTM_GETNEIGH,
  family: AF_BRIDGE,
  fixedLength: NDMSG_LENGTH,
};

function ofIpv6(dump: Dump): Dump {
  return { ...dump, family: AF_INET6 };
}

// A dump that missed a change is read again, a few times: the change brings a notification anyway.
const DUMP_ATTEMPTS = 3;

function dumpObjects<T>(
  socket: NetlinkSocket,
  { what, type, family, fixedLength }: Dump,
  readOne: (message: MessageCursor) => T | undefined,
): T[] {
  const request = new MessageBuilder(64);
  let objects: T[] = [];
  let isConsistent = false;
  for (let attempt = 0; attempt < DUMP_ATTEMPTS && !isConsistent; attempt++) {
    objects = [];
    const sequence = socket.begin(request);
    request
      .begin(type, NLM_F_REQUEST | NLM_F_DUMP, sequence)
      .u8(family)
      .append(new Uint8Array(fixedLength - 1))
      .end();
    isConsistent = socket.exchange(`dump of ${what}`, request, sequence, (message) => {
      const object = readOne(message);
      if (object !== undefined) objects.push(object);
    });
  }
  return objects;
}

/** cfg80211 marks its interfaces in sysfs, and only there. */
function isRadio(name: string): boolean {
  return existsSync(`/sys/class/net/${name}/phy80211`);
}
