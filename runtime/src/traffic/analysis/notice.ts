/** What the analysis noticed, as plain data; `words.ts` says it. Times are ms since the Unix epoch. */
export type Notice = NewDevice | NewPlace | Upload | PortScan;
export type NoticeKind = Notice["kind"];

interface Noticed {
  /** The kind, the device and, where the kind has one, the place: what silencing means. Letters, digits, "-" and ".". */
  id: string;
  at: number;
  /** A MAC as a number of 48 bits. */
  device: number;
  /** The evidence's range. */
  from: number;
  to: number;
}

/** Somebody on the Internet: address, and registrable domain where a name is known. */
export interface Place {
  remote: string;
  domain?: string;
}

/** A device that was never seen before. */
export interface NewDevice extends Noticed {
  kind: "new-device";
  /** So many others came so soon after that they have no notice of their own. */
  more: number;
}

/** A device of few habits talks to somebody it never talked to. */
export interface NewPlace extends Noticed {
  kind: "new-place";
  place: Place;
  /** Places the device is used to. */
  usual: number;
  /** So many other new places followed within the day. */
  more: number;
}

/** A device sends far more than it is used to. */
export interface Upload extends Noticed {
  kind: "upload";
  /** Sent within an hour, without headers, and the most it used to send at that time of day. */
  bytes: number;
  usual: number;
  /** Where most of it went when it became too much. */
  place?: Place;
}

/** A device tries many ports of one address, or one port of many addresses, without answers. */
export interface PortScan extends Noticed {
  kind: "port-scan";
  /** Ports tried of `place`, or addresses at `port`. */
  count: number;
  place?: Place;
  protocol?: number;
  port?: number;
}
