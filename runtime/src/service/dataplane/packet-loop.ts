import { pause, SystemError, setPatient } from "../../linux/ffi/libc.ts";
import { ReadySet } from "../../linux/ffi/ready-set.ts";
import { NetlinkSocket } from "../../linux/netlink/socket.ts";
import { droppedBy } from "../../linux/nfqueue/queue.ts";
import { RulesetError } from "../../linux/nftables/ruleset.ts";
import { Nat } from "../../nat/nat.ts";
import type { Log } from "../log.ts";
import { BindingQueue } from "./binding-queue.ts";
import { type Configuration, parseConfiguration } from "./configuration/configuration.ts";
import { ErrorQueue } from "./error-queue.ts";
import { AcceleratedFastPath } from "./fast-path/accelerated-fast-path.ts";
import { Accelerator } from "./fast-path/accelerator.ts";
import { NftFastPath } from "./fast-path/nft-fast-path.ts";
import type { ListRequest } from "./listing.ts";
import { listingOf } from "./nat-listing.ts";
import { BINDING_QUEUES, ERROR_QUEUE, NatTable } from "./nat-table.ts";
import type { DataplaneConfig, Fault, Report } from "./protocol.ts";
import { Recording } from "./recording.ts";
import { Refusals } from "./refusals.ts";
import { Taps } from "./taps.ts";

const EXPIRY_INTERVAL = 1000;
/**
 * Microseconds without a look at the queues after heads of inline packets, so that more of them come together: being woken for
 * each costs more than deciding over it. The kernel adds its timer slack, 50 µs.
 */
const INLINE_PAUSE = 1;
/** As many heads have not waited for each other's sake. */
const BURST = 32;

/** The NAT's queues and the taps on one thread, so that what the taps see reaches the engine without a hop. */
export class PacketLoop {
  readonly #log: Log;
  readonly #socket = NetlinkSocket.open("netfilter");
  readonly #nft = new NftFastPath(this.#socket);
  readonly #accelerator: Accelerator;
  readonly #nat: Nat;
  readonly #table = new NatTable(this.#socket);
  readonly #recording: Recording;
  readonly #taps: Taps;
  readonly #refusals: Refusals;
  #isRestored = false;
  #isInline = false;
  #queues: { binding: BindingQueue; error: ErrorQueue } | undefined;
  /** The binding queue's descriptors first. */
  #ready: ReadySet | undefined;
  #nextExpiry = 0;
  /** The taps have not handed over all that they have. */
  #hasFrames = false;

  /** What the taps record is in `folder`. */
  constructor(log: Log, folder: string) {
    this.#log = log;
    this.#accelerator = new Accelerator(log);
    const fastPath = new AcceleratedFastPath(this.#nft, this.#accelerator);
    this.#nat = new Nat({ fastPath, random: secureRandom });
    this.#recording = new Recording(folder, log);
    this.#taps = new Taps(this.#nat, this.#recording, log);
    this.#refusals = new Refusals(log);
  }

  /** Puts a configuration into effect. Bindings made for another external address end; the others go on. */
  configure(config: DataplaneConfig): Report {
    const configuration = parseConfiguration(config);
    if (Array.isArray(configuration)) return { type: "refused", faults: configuration };
    const faults = this.#openTaps(configuration);
    if (faults.length > 0) return { type: "refused", faults };
    try {
      this.#translate(configuration);
    } catch (error) {
      if (!(error instanceof RulesetError || error instanceof SystemError)) throw error;
      return { type: "refused", faults: [{ field: "", reason: error.message }] };
    }
    // Last, as it may take a while, once: memory is zeroed.
    this.#recording.apply(config.recording);
    return { type: "configured" };
  }

  /** Handles packets until the clock shows `end`; false, at once, while there is nothing configured to wait for. */
  runUntil(end: number): boolean {
    const ready = this.#ready;
    if (ready === undefined) return false;
    const isReady = (index: number) => ready.isReady(index);
    for (let now = clock(); now < end; now = clock()) {
      ready.wait(this.#hasFrames ? 0 : Math.max(0, Math.ceil(Math.min(end, this.#nextExpiry) - now)));
      const awake = clock();
      const heads = this.#queues?.binding.read(awake, isReady) ?? 0;
      this.#queues?.error.read();
      this.#hasFrames = this.#taps.read(awake);
      if (awake >= this.#nextExpiry) this.#expire(awake);
      if (this.#isInline && heads > 0 && heads < BURST) pause(INLINE_PAUSE);
    }
    return true;
  }

  /** The traffic of devices that had some since the last call, or of all. */
  traffic(which: "changed" | "all", at: number, intervalMs: number): Report {
    const { counters } = this.#taps;
    const devices = which === "changed" ? counters.takeChanged() : counters.all();
    return { type: "traffic", at, intervalMs, devices };
  }

  /** Called about once a second. */
  counters(): Report {
    this.#accelerator.follow();
    return {
      type: "counters",
      nat: { ...this.#nat.counters, drops: this.#nat.drops.report() },
      queue: { dropped: droppedByQueues() },
      tap: this.#taps.stats,
      accelerator: this.#accelerator.report(),
    };
  }

  list(request: ListRequest): Report {
    return listingOf(this.#nat, request, clock());
  }

  /** Forgets what is recorded of a device or, without, of all. */
  forget(mac?: string): Report {
    this.#recording.forget(mac);
    return { type: "forgotten" };
  }

  #openTaps({ lans }: Configuration): Fault[] {
    const faults: Fault[] = [];
    lans.forEach((lan, i) => {
      try {
        this.#taps.open(lan.interface);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        faults.push({ field: `lans.${i}.interface`, reason: error.message });
      }
    });
    return faults;
  }

  #translate(configuration: Configuration): void {
    const { wan, lans, policy, path } = configuration;
    // The table has no address at first, and when somebody has taken it away.
    const isOther = wan !== null && this.#nft.externalAddress() !== wan.address;
    this.#accelerator.prepare(configuration, isOther);
    this.#table.apply(configuration, isOther);
    if (isOther) this.#nat.clear();
    this.#restore();
    this.#nat.configure(policy, clock());
    this.#isInline = path === "inline";
    // Where every packet asks, it must not interrupt its sender for each of them; a new flow's first packet may.
    setPatient(this.#isInline);
    this.#accelerator.attach(configuration);
    this.#queues ??= this.#openQueues();
    const home = lans.map((lan) => lan.prefix);
    this.#queues.binding.lans = home;
    this.#queues.error.external = wan?.address ?? 0;
    this.#taps.retain(
      lans.map((lan) => lan.interface),
      home,
    );
    this.#ready?.close();
    this.#ready = new ReadySet([...this.#queues.binding.fds, this.#queues.error.fd, ...this.#taps.fds]);
  }

  /** Takes over what the kernel has kept since an earlier run, once. */
  #restore(): void {
    if (this.#isRestored) return;
    this.#nat.restore(clock());
    this.#isRestored = true;
  }

  #openQueues(): { binding: BindingQueue; error: ErrorQueue } {
    const binding = new BindingQueue(this.#nat, this.#refusals, this.#log);
    try {
      return { binding, error: new ErrorQueue(this.#nat, this.#log) };
    } catch (error) {
      binding.close();
      throw error;
    }
  }

  #expire(now: number): void {
    this.#nextExpiry = now + EXPIRY_INTERVAL;
    try {
      // Much at once is spread over turns, packets in between.
      if (this.#nat.expire(now)) this.#nextExpiry = now;
    } catch (error) {
      this.#log.limited("expire", `the kernel refused to forget bindings: ${error}`);
    }
  }
}

/** Milliseconds since the process began, above 0: steps of the wall clock must not end bindings. */
export function clock(): number {
  return performance.now() + 1;
}

/** null where this user may not read the kernel's table. */
function droppedByQueues(): number | null {
  try {
    return droppedBy([...BINDING_QUEUES, ERROR_QUEUE]);
  } catch {
    return null;
  }
}

function secureRandom(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
}
