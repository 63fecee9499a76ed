import {
  type NatAssociation,
  type NatBinding,
  type NatDevice,
  type NatSession,
  type NoAnswer,
  readNatDevice,
  readOpen,
} from "../api/nat.ts";
import { connection } from "./connection.svelte.ts";

/** From one answer to the next question. */
const INTERVAL_MS = 2_000;
/** More than a person reads; a program that opens so many is told by the count. */
const MAX_ROWS = 5_000;

/** A connection of the device, or a tunnel, which has no ports. */
export type Connection = NatSession | NatAssociation;

/** What is open between one device and the Internet, asked for again and again while somebody looks. */
export class Openings {
  type = $state.raw<NatDevice | null>(null);
  doors = $state.raw<NatBinding[] | null>(null);
  connections = $state.raw<Connection[] | null>(null);
  /** There are more than are listed. */
  more = $state(false);
  /** Why the last answer did not come; what was known stays. */
  fault = $state.raw<{ error: string; hint: string } | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly mac: string) {}

  /** Asks until the returned function is called. */
  watch(): () => void {
    let watched = true;
    const turn = async () => {
      if (!document.hidden && connection.phase !== "lost") await this.read();
      if (watched) this.timer = setTimeout(turn, INTERVAL_MS);
    };
    void turn();
    return () => {
      watched = false;
      clearTimeout(this.timer);
    };
  }

  private async read(): Promise<void> {
    try {
      const [type, doors, sessions, tunnels] = await Promise.all([
        readNatDevice(this.mac),
        readOpen("bindings", this.mac, MAX_ROWS),
        readOpen("sessions", this.mac, MAX_ROWS),
        readOpen("associations", this.mac, MAX_ROWS),
      ]);
      this.type = type;
      this.doors = doors.rows;
      this.connections = [...tunnels.rows, ...sessions.rows];
      this.more = doors.more || sessions.more || tunnels.more;
      this.fault = null;
    } catch (error) {
      const { message, hint } = error as NoAnswer;
      this.fault = { error: message, hint };
    }
  }
}
