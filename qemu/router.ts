import type { Link } from "./topology.ts";

/** The device under test, whatever carries it: the flashed image in a virtual machine, or the runtime in a namespace. */
export interface Router {
  readonly kind: "machine" | "native";
  /** Puts it in its place: cables in its ports, power still off. */
  install(): Promise<void>;
  /** Applies power. Returns as soon as it runs; being ready shows in what it does for its clients. */
  start(): Promise<void>;
  /** Restarts it with what it has stored. */
  reboot(): Promise<void>;
  /** Ends the control plane in order and starts it again, as its upgrade does. */
  restartControlPlane(): Promise<void>;
  /** Plugs or unplugs the cable of a link at the router's port. */
  plug(link: Link["name"], plugged: boolean): Promise<void>;
  /** The end of what it said about itself. */
  tail(): string;
  /** Takes power away, and the cables out. */
  stop(): Promise<void>;
}
