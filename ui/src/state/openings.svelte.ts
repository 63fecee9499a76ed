import type { NoAnswer } from "../api/answer.ts";
import {
  type NatAssociation,
  type NatBinding,
  type NatDevice,
  type NatSession,
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
  moreDoors = $state(false);
  moreConnections = $state(false);
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

  /** Each answer is shown as it comes. */
  private async read(): Promise<void> {
    const lists = [
      this.readDoors(),
      this.readConnections(),
      readNatDevice(this.mac).then((type) => (this.type = type)),
    ];
    const outcomes = await Promise.allSettled(lists);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    this.fault = failed === undefined ? null : faultOf(failed.reason);
  }

  private async readDoors(): Promise<void> {
    const { rows, more } = await readOpen("bindings", this.mac, MAX_ROWS);
    this.doors = rows;
    this.moreDoors = more;
  }

  private async readConnections(): Promise<void> {
    const [sessions, tunnels] = await Promise.all([
      readOpen("sessions", this.mac, MAX_ROWS),
      readOpen("associations", this.mac, MAX_ROWS),
    ]);
    this.connections = [...tunnels.rows, ...sessions.rows];
    this.moreConnections = sessions.more || tunnels.more;
  }
}

function faultOf({ message, hint }: NoAnswer): { error: string; hint: string } {
  return { error: message, hint };
}
