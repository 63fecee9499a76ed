import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Running } from "@gatehouse/qemu/process.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import type { Launch } from "./program.ts";

/** Bytes kept of each frame: Ethernet, IP, an ICMP error's header and what it quotes with options. */
const SNAP_LENGTH = 128;
/** KiB between kernel and tcpdump: a second of small frames at full speed. */
const BUFFER = 262144;
const PCAP_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET_HEADER = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_ARP = 0x0806;
const ICMP = 1;
/** Destination unreachable, source quench, redirect, time exceeded, parameter problem: they quote a packet. */
const ICMP_ERRORS = [3, 4, 5, 11, 12];
const ICMP_HEADER = 8;

/** What crossed the provider's wire from `open` to `finish`. */
export interface Crossed {
  /** From both sides. */
  frames: number;
  /** Frames that tcpdump had no room for: 0, or the capture is not of the whole test. */
  lost: number;
  /** IPv4 packets by protocol number. */
  protocols: Record<number, number>;
  /** Frames that name an address of private networks (RFC 1918), and how many of each kind. */
  private: Record<string, number>;
}

/**
 * Every frame on the provider's wire, over the whole test: tcpdump writes all of them, without a filter, and what is sought
 * is sought afterwards.
 */
export class BorderCapture {
  private constructor(
    private readonly folder: string,
    private readonly tcpdump: Running,
    private readonly own: string,
  ) {}

  /**
   * Starts capturing on an interface; what is sent after this is seen. Frames from the MAC address `own` are kept, too, but
   * not judged: floods from outside may name any address.
   */
  static async open(provider: Launch, interfaceName: string, own = ""): Promise<BorderCapture> {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-border-"));
    const options = ["-s", String(SNAP_LENGTH), "-B", String(BUFFER), "-Z", "root", "-U"];
    const words = ["tcpdump", "-n", "-i", interfaceName, ...options, "-w", join(folder, "pcap")];
    const tcpdump = provider(words);
    await tcpdump.line(/listening on/, 10_000);
    return new BorderCapture(folder, tcpdump, own);
  }

  /**
   * Ends the capture once a frame with `last` in it has been written, and says what it holds: that frame is in it, too, and
   * shows that nothing before it is missing.
   */
  async finish(last: string): Promise<Crossed> {
    try {
      await until({ what: "the last frame in the capture", within: 20_000 }, () =>
        this.#bytes().includes(last),
      );
      await this.tcpdump.stop();
      const lost = /(\d+) packets? dropped by kernel/.exec(this.tcpdump.tail());
      return { ...crossed(this.#bytes(), this.own), lost: Number(lost?.[1]) };
    } finally {
      await this.tcpdump.stop();
      rmSync(this.folder, { recursive: true });
    }
  }

  #bytes(): Buffer {
    return readFileSync(join(this.folder, "pcap"));
  }
}

function crossed(pcap: Buffer, own: string): Omit<Crossed, "lost"> {
  const result: Omit<Crossed, "lost"> = { frames: 0, protocols: {}, private: {} };
  const view = new DataView(pcap.buffer, pcap.byteOffset, pcap.length);
  for (let at = PCAP_HEADER; at + RECORD_HEADER <= pcap.length; ) {
    const captured = view.getUint32(at + 8, true);
    const frame = at + RECORD_HEADER;
    result.frames++;
    const isOwn = pcap.toString("hex", frame + 6, frame + 12) === own.replaceAll(":", "");
    if (!isOwn) look(result, view, frame, frame + captured);
    at = frame + captured;
  }
  return result;
}

/** Counts the frame between two offsets. */
function look(result: Omit<Crossed, "lost">, view: DataView, frame: number, end: number): void {
  const packet = frame + ETHERNET_HEADER;
  const type = view.getUint16(frame + 12);
  const note = (kind: string) => {
    result.private[kind] = (result.private[kind] ?? 0) + 1;
  };
  const isPrivateAt = (offset: number) => offset + 4 <= end && isPrivate(view.getUint32(offset));
  if (type === ETHERTYPE_ARP && (isPrivateAt(packet + 14) || isPrivateAt(packet + 24))) note("arp");
  if (type !== ETHERTYPE_IPV4) return;
  const protocol = view.getUint8(packet + 9);
  result.protocols[protocol] = (result.protocols[protocol] ?? 0) + 1;
  if (isPrivateAt(packet + 12)) note(`source, protocol ${protocol}`);
  if (isPrivateAt(packet + 16)) note(`destination, protocol ${protocol}`);
  if (protocol !== ICMP || (view.getUint16(packet + 6) & 0x1fff) !== 0) return;
  const message = packet + (view.getUint8(packet) & 15) * 4;
  if (message >= end || !ICMP_ERRORS.includes(view.getUint8(message))) return;
  const quoted = message + ICMP_HEADER;
  if (isPrivateAt(quoted + 12) || isPrivateAt(quoted + 16)) note("quoted by an ICMP error");
}

/** 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16. */
function isPrivate(address: number): boolean {
  return address >>> 24 === 10 || address >>> 20 === 0xac1 || address >>> 16 === 0xc0a8;
}
