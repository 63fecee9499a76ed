import type { Namespace } from "./linux-namespace.ts";
import { until } from "./linux-namespace.ts";

const PCAP_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET_HEADER = 14;
/**
 * With its usual length and buffer tcpdump keeps eight frames at most in immediate mode, and loses the others of a burst: each has
 * a slot of that length.
 */
const CAPTURE = ["-s", "2048", "-B", "16384", "--immediate-mode"];

/** Every IPv4 packet that arrives on or leaves an interface, captured by tcpdump. */
export class WireTap {
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  #bytes = new Uint8Array(0);

  private constructor(namespace: Namespace, interfaceName: string) {
    this.#process = namespace.run(() =>
      Bun.spawn(["tcpdump", "-i", interfaceName, ...CAPTURE, "-Unw", "-", "ip"], {
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
    void this.#collect();
  }

  /** Starts capturing; what is sent after this is seen. */
  static async open(namespace: Namespace, interfaceName: string): Promise<WireTap> {
    const tap = new WireTap(namespace, interfaceName);
    await until("tcpdump listens", () => tap.#bytes.length >= PCAP_HEADER);
    return tap;
  }

  async #collect(): Promise<void> {
    for await (const chunk of this.#process.stdout) this.#bytes = Buffer.concat([this.#bytes, chunk]);
  }

  /** The packets captured until one fits `isSought`, that one included. Throws when none comes. */
  async packetsUntil(what: string, isSought: (packet: DataView) => boolean): Promise<DataView[]> {
    await until(what, () => this.packets().some(isSought));
    return this.packets();
  }

  /** The packets captured so far, each from its IP header on. */
  packets(): DataView[] {
    const { buffer, byteOffset, length } = this.#bytes;
    const view = new DataView(buffer, byteOffset, length);
    const packets: DataView[] = [];
    for (let at = PCAP_HEADER; at + RECORD_HEADER <= length; ) {
      const captured = view.getUint32(at + 8, true);
      const start = at + RECORD_HEADER;
      if (start + captured > length) break;
      packets.push(new DataView(buffer, byteOffset + start + ETHERNET_HEADER, captured - ETHERNET_HEADER));
      at = start + captured;
    }
    return packets;
  }

  async close(): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
  }
}
