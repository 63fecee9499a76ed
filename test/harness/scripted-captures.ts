import { isMapped, parseAddress } from "@gatehouse/runtime/addr/ipv6.ts";
import { type Mac, macNumber } from "@gatehouse/runtime/addr/mac.ts";
import { captureSummaries } from "@gatehouse/runtime/service/traffic/capture-summaries.ts";
import { CaptureDownload } from "@gatehouse/runtime/service/traffic/download.ts";
import { nameKey } from "@gatehouse/runtime/service/traffic/remote-key.ts";
import type { Names } from "@gatehouse/runtime/service/traffic/selection.ts";
import type { CaptureSelection, CaptureSummary } from "@gatehouse/runtime/service/traffic/source.ts";
import { captureMemoryLength, formatCaptureMemory } from "@gatehouse/runtime/traffic/capture/memory.ts";
import { CaptureRecorder } from "@gatehouse/runtime/traffic/capture/recorder.ts";
import type { Remote } from "@gatehouse/runtime/traffic/names/remote.ts";
import { INBOUND, OUTBOUND } from "@gatehouse/runtime/wire/capture/frame.ts";
import type { Pair } from "./scripted-day.ts";
import { type Ends, exchange, nameExchange, opening, type ScriptedFrame } from "./scripted-frames.ts";
import { type Resident, START } from "./scripted-home.ts";
import { TICK_MS } from "./scripted-volume.ts";

/** Bytes of one device's frames. */
const RING = 256 * 1024;
const TURNS = 20;
/** Between two conversations of the hour before the start, and between two turns of one. */
const CONVERSATION_MS = 7 * 60_000;
const TURN_MS = 1_300;
const TICKS_A_TURN = 20;

/** The frames of the scripted home: a conversation with each remote in the hour before the start, then some of every tick. */
export class ScriptedCaptures {
  readonly #memory;
  readonly #recorder: CaptureRecorder;
  readonly #addresses: ReadonlyMap<string, string | null>;
  readonly #names: Names;
  readonly #followers = new Set<() => void>();
  #ticks = 0;
  #now = START;

  constructor(home: readonly Resident[], pairs: readonly Pair[]) {
    this.#addresses = new Map(home.map(({ device }) => [device.mac, device.address]));
    this.#names = namesOf(pairs);
    const rings = Math.max(1, home.length);
    this.#memory = formatCaptureMemory(new ArrayBuffer(captureMemoryLength(rings, RING)), RING);
    this.#recorder = new CaptureRecorder(this.#memory);
    const conversations = pairs.flatMap((pair, i) => this.#conversation(pair, i));
    for (const [at, mac, frame] of conversations.sort(([a], [b]) => a - b)) this.#record(at, mac, frame);
  }

  /** Now and then a packet each way of every pair that moved something at `at`. */
  tick(at: number, moved: readonly Pair[]): void {
    const turn = this.#ticks++;
    this.#now = at + TICK_MS;
    const talking = moved.filter((_, i) => (turn + i) % TICKS_A_TURN === 0);
    const turns = talking.map((pair) => ({
      mac: pair.mac,
      frames: exchange(this.#ends(pair), TURNS + Math.floor(turn / TICKS_A_TURN), 90, 700),
    }));
    for (const k of [0, 1]) for (const { mac, frames } of turns) this.#record(at + 24 * k, mac, frames[k]!);
    for (const wake of this.#followers) wake();
  }

  forget(mac: Mac): void {
    this.#recorder.forget(macNumber(mac));
  }

  summaries(): CaptureSummary[] {
    return captureSummaries(this.#memory);
  }

  file(selection: CaptureSelection): ReadableStream<Uint8Array> {
    const writer = { application: "Gatehouse", interfaceName: "br-lan" };
    const download = new CaptureDownload(this.#memory, selection, this.#names, writer, this.#now);
    let gone = () => {};
    return new ReadableStream(
      {
        pull: async (controller) => {
          let piece = download.next(this.#now);
          while (piece.bytes.length === 0 && !piece.isLast) {
            await new Promise<void>((wake) => {
              gone = () => this.#followers.delete(wake);
              this.#followers.add(wake);
            });
            gone();
            piece = download.next(this.#now);
          }
          if (piece.bytes.length > 0) controller.enqueue(piece.bytes);
          if (piece.isLast) controller.close();
        },
        cancel: () => void gone(),
      },
      { highWaterMark: 0 },
    );
  }

  #conversation(pair: Pair, i: number): [at: number, mac: Mac, frame: ScriptedFrame][] {
    const ends = this.#ends(pair);
    const began = START - 3_600_000 + ((i * 13) % 8) * CONVERSATION_MS + i * 11;
    const asked = pair.key.name;
    const frames = [
      ...(asked === undefined ? [] : nameExchange(pair.mac, this.#addressOf(pair.mac), asked, pair.words)),
      ...opening(ends),
    ];
    const start = frames.map((frame, k): [number, Mac, ScriptedFrame] => [began + k * 9, pair.mac, frame]);
    const turns = Array.from({ length: TURNS }, (_, turn) =>
      exchange(ends, turn, 90, 700).map((frame, k): [number, Mac, ScriptedFrame] => [
        began + 60 + turn * TURN_MS + k * 24,
        pair.mac,
        frame,
      ]),
    );
    return [...start, ...turns.flat()];
  }

  #ends({ mac, words, key }: Pair): Ends {
    const host = this.#addressOf(mac);
    const device = parseAddress(isMapped(words) ? host : `2001:db8:40::${host.split(".").at(-1)}`)!;
    return {
      mac,
      device,
      remote: words,
      protocol: key.protocol,
      localPort: 50_000 + key.port,
      remotePort: key.port,
    };
  }

  #addressOf(mac: Mac): string {
    return this.#addresses.get(mac) ?? "192.168.40.250";
  }

  #record(at: number, mac: Mac, { up, bytes }: ScriptedFrame): void {
    const seconds = Math.floor(at / 1000);
    const nanoseconds = Math.round((at - seconds * 1000) * 1e6);
    const direction = up ? INBOUND : OUTBOUND;
    const { length } = bytes;
    this.#recorder.append(macNumber(mac), seconds, nanoseconds, direction, bytes, 0, length, length);
  }
}

/** What the home's devices call the remotes. */
function namesOf(pairs: readonly Pair[]): Names {
  const keyOf = (device: number, remote: Remote) => `${device} ${remote}`;
  const known = new Map(pairs.map(({ device, words, key }) => [keyOf(device, nameKey(words)), key]));
  return {
    look(device, remote) {
      const { name, evidence, domain } = known.get(keyOf(device, remote)) ?? {};
      return name && evidence && domain ? { name, evidence, domain } : undefined;
    },
  };
}
