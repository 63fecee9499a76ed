import type { Prefix } from "../addr/prefix.ts";
import type { PortChoice } from "../config/ports.ts";
import type { Config } from "../config/schema.ts";

/** The bridge that joins the LAN's ports and radios. */
export const LAN_BRIDGE = "br-lan";

/** The configuration together with what was chosen for this machine: all that rendering needs to know. */
export interface Network extends Pick<PortChoice, "wan" | "lan" | "idle" | "radios"> {
  config: Config;
  /** The router's own address in the LAN with the network's length. */
  prefix: Prefix;
}

/** A configuration file of another program: its name without the folder, and its whole text. */
export interface RenderedFile {
  name: string;
  text: string;
}
