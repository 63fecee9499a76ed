import { type Mac, macNumber } from "@gatehouse/runtime/addr/mac.ts";
import type { LiveSelection, LiveSink, LiveWatch } from "@gatehouse/runtime/service/traffic/source.ts";
import { modeFrame, namesFrame, PacketsFrame, SumsFrame } from "@gatehouse/runtime/wire/live/encode.ts";
import type { LiveName } from "@gatehouse/runtime/wire/live/frame.ts";
import type { Pair } from "./scripted-day.ts";
import { TICK_MS } from "./scripted-volume.ts";

/** Packets of one tick that a watcher gets one by one; of more, only the sums. */
const BUDGET = 1000;

/** What a pair moved in one tick. */
export interface Moved {
  pair: Pair;
  up: number;
  down: number;
  upPackets: number;
  downPackets: number;
}

/** One watcher of the scripted home's live traffic. */
export class ScriptedWatch implements LiveWatch {
  readonly #sums = new SumsFrame(4096);
  readonly #packets = new PacketsFrame(BUDGET);
  readonly #known = new Set<string>();
  #device: number | undefined;
  #mode = "";
  #selection: LiveSelection = { packets: false };

  constructor(
    private readonly sink: LiveSink,
    selection: LiveSelection,
    readonly close: () => void,
  ) {
    this.select(selection);
  }

  select(selection: LiveSelection): void {
    this.#selection = selection;
    this.#device = selection.device === undefined ? undefined : macNumber(selection.device as Mac);
    this.#mode = "";
  }

  tick(at: number, moved: readonly Moved[]): void {
    const own = moved.filter(({ pair }) => this.#device === undefined || pair.device === this.#device);
    this.#tellNames(own);
    this.#sums.begin(at);
    for (const { pair, up, down, upPackets, downPackets } of own) {
      const { protocol, port } = pair.key;
      this.#sums.add(pair.device, pair.words, protocol, port, up, down, upPackets, downPackets);
    }
    this.sink(this.#sums.written());
    this.#tellPackets(at, own);
  }

  #tellNames(own: readonly Moved[]): void {
    const names: LiveName[] = [];
    for (const { key } of own.map(({ pair }) => pair)) {
      const { remote, name, evidence, domain } = key;
      if (name === undefined || evidence === undefined || domain === undefined || this.#known.has(remote))
        continue;
      this.#known.add(remote);
      names.push({ remote, name, evidence, domain });
    }
    if (names.length > 0) this.sink(namesFrame(names));
  }

  #tellPackets(at: number, own: readonly Moved[]): void {
    const count = own.reduce((sum, { upPackets, downPackets }) => sum + upPackets + downPackets, 0);
    const isAsked = this.#selection.packets;
    const fits = isAsked && count <= BUDGET;
    const why = fits || !isAsked ? "asked" : "budget";
    if (`${fits} ${why}` !== this.#mode || why === "budget")
      this.sink(modeFrame(fits ? "packets" : "sums", why, isAsked && !fits ? count : 0));
    this.#mode = `${fits} ${why}`;
    if (!fits || count === 0) return;
    this.#packets.clear();
    for (const one of own) {
      this.#addPackets(at, one, true, one.up, one.upPackets);
      this.#addPackets(at, one, false, one.down, one.downPackets);
    }
    this.sink(this.#packets.written());
  }

  #addPackets(at: number, { pair }: Moved, up: boolean, bytes: number, packets: number): void {
    for (let i = 0; i < packets; i++) {
      const time = at + ((i + 0.5) * TICK_MS) / packets;
      this.#packets.add({
        seconds: Math.floor(time / 1000),
        nanoseconds: Math.floor((time % 1000) * 1e6),
        device: pair.device,
        remote: pair.words,
        up,
        protocol: pair.key.protocol,
        localPort: pair.key.port === 0 ? 0 : 50_000 + pair.key.port,
        remotePort: pair.key.port,
        flags: pair.key.protocol === 6 ? 0x18 : 0,
        length: Math.floor((bytes * (i + 1)) / packets) - Math.floor((bytes * i) / packets),
        segments: 1,
      });
    }
  }
}
