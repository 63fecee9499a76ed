/** A request the kernel refused: which one, the errno, and what the kernel's extended acknowledgement said. */
export declare class NetlinkError extends Error {
  readonly operation: string;
  readonly errno: number;
  /** The kernel's own words, often empty. */
  readonly kernelText: string;
}

export declare class NetlinkSocket {
  /** Opens a socket of NETLINK_ROUTE or NETLINK_NETFILTER. Throws SystemError. */
  static open(protocol: "route" | "netfilter"): NetlinkSocket;
  readonly fd: number;
  close(): void;
}
