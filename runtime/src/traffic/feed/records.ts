/** A packet that crossed the home's border. An object that holds one is filled anew for the next: copy what you keep. */
export interface PacketRecord {
  /** The kernel's time stamp, since the Unix epoch. */
  seconds: number;
  nanoseconds: number;
  /** The device's MAC address as a number of 48 bits. */
  device: number;
  /** The address outside the home, 32 bits each, most significant first; IPv4 as 0, 0, 0xffff and the address. */
  readonly remote: Uint32Array;
  /** From the device to the Internet. */
  up: boolean;
  /** IPv4's protocol field; IPv6's after the extension headers. */
  protocol: number;
  /** The device's port and the remote's; 0 where the protocol has none, or the frame is no first fragment. */
  localPort: number;
  remotePort: number;
  /** TCP's control bits CWR to FIN; 0 else. */
  flags: number;
  /** Bytes of Ethernet frames on the wire, without their checksums, of all segments. */
  length: number;
  /** Packets on the wire, at least 1: above that a super-packet of GRO or TSO. */
  segments: number;
}

/** What a device and a remote exchanged within a tick with one protocol at one service. Filled anew for the next. */
export interface SumsRecord {
  /** Steps of 100 ms since the Unix epoch. */
  tick: number;
  /** The device's MAC address as a number of 48 bits; NO_DEVICE for devices past the limit. */
  device: number;
  /** As in PacketRecord; all zeros for the remotes past the limit. */
  readonly remote: Uint32Array;
  /** 0 where the remote is all zeros. */
  protocol: number;
  /** The lower of a TCP or UDP packet's ports, on the side of registered services; 0 else. */
  port: number;
  /** Bytes of Ethernet frames without their checksums. */
  upBytes: number;
  downBytes: number;
  upPackets: number;
  downPackets: number;
}

/** A server's name that a device sent in clear; what traffic/names tells of it. */
export interface ServerNameRecord {
  device: number;
  /** As in PacketRecord. */
  readonly remote: Uint32Array;
  /** Displayable. */
  name: string;
  transport: "tls" | "quic";
  /** An encrypted ClientHello came along: the name may be that of the server's host. */
  maybeOuter: boolean;
  /** Milliseconds since the Unix epoch. */
  at: number;
}

/** In place of a device's address. */
export const NO_DEVICE = 0;

export function emptyPacket(): PacketRecord {
  return {
    seconds: 0,
    nanoseconds: 0,
    device: NO_DEVICE,
    remote: new Uint32Array(4),
    up: false,
    protocol: 0,
    localPort: 0,
    remotePort: 0,
    flags: 0,
    length: 0,
    segments: 1,
  };
}

export function emptySums(): SumsRecord {
  return {
    tick: 0,
    device: NO_DEVICE,
    remote: new Uint32Array(4),
    protocol: 0,
    port: 0,
    upBytes: 0,
    downBytes: 0,
    upPackets: 0,
    downPackets: 0,
  };
}
