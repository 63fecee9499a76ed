import { join } from "node:path";
import type { IPv4 } from "../../addr/ipv4.ts";
import type { Mac } from "../../addr/mac.ts";
import type { Prefix } from "../../addr/prefix.ts";
import type { Config } from "../../config/schema.ts";
import { setLinkUp } from "../../linux/netlink/link-up.ts";
import { type RouteSnapshot, snapshotRoute, watchRoute } from "../../linux/netlink/route.ts";
import { readLinkState, watchLinkStates } from "../../linux/networkd/link-state.ts";
import { LAN_BRIDGE } from "../../render/network.ts";
import { render } from "../../render/render.ts";
import { Applier } from "../apply/apply.ts";
import { hostMachine } from "../apply/host.ts";
import { ClockWatch } from "../clock.ts";
import { createLog } from "../log.ts";
import type { ConfigStore, Loaded } from "../store/store.ts";
import { TrafficService } from "../traffic/service.ts";
import { type Device, DeviceRegistry } from "./devices.ts";
import { LiveEvents } from "./live.ts";
import { Memory } from "./memory.ts";
import { NatView } from "./nat-view.ts";
import {
  hasAddress,
  linkNamed,
  sightings,
  wanFacts,
  wanPrefixes,
  wayOut,
  withoutAddresses,
} from "./network.ts";
import { type Plan, planNetwork, reservedNames, upstreams } from "./plan.ts";
import { ProvenWan } from "./proven-wan.ts";
import { LanServices } from "./servers.ts";
import { type LiveEvent, routerStatus, type Status, trafficEvent } from "./status.ts";
import { TrafficSettings } from "./traffic-settings.ts";
import { type TrafficReport, Translation, type TranslationCounters } from "./translation.ts";
import { mappedAddresses, translationConfig } from "./translation-config.ts";

export interface RouterOptions {
  version: string;
  /** The folder of what must survive a reboot. */
  state: string;
  /** The folder of sockets and of what need not survive. */
  run: string;
  configuration: Loaded;
  /** Where it keeps what is changed while it runs. */
  store: ConfigStore;
  vendorOf(mac: Mac): string | null;
  /** The bridge carries `address` now, so that servers can listen on it. Called again when it throws. */
  onLanAddress(address: IPv4): void;
  /** The router is blind and should be started again. */
  onFailure(error: Error): void;
}

const REMEMBER_EVERY_MS = 60_000;
/** DHCP clients pass over a link that was gone for less than a moment. */
const UNPLUGGED_MS = 3_000;
/** networkd may still be starting, or the disk be full for a moment. */
const RETRY_AFTER_MS = 1_000;
/** What stays in the way of a part that the router runs on without is asked for ever less often. */
const MAX_RETRY_MS = 60_000;

const log = createLog("router");

/**
 * The control plane: looks at what the machine has, decides what it shall be, and brings kernel, networkd, data plane and
 * servers there, again after every change. Also tells the API what it sees.
 */
export class Router {
  /** What is open between the home and the Internet. */
  readonly nat: NatView;
  /** What is recorded of the devices' traffic. */
  readonly traffic: TrafficService;
  /** How much that is, and who may see it. */
  readonly settings = new TrafficSettings(
    () => this.#config,
    (config) => this.#changeTraffic(config),
  );
  #config: Config;
  #revision: number;
  readonly #memory: Memory;
  readonly #registry: DeviceRegistry;
  readonly #live = new LiveEvents();
  readonly #servers: LanServices;
  readonly #applier: Applier;
  readonly #translation: Translation;
  /** On the clock that nobody sets. */
  readonly #started = performance.now();
  readonly #clock = new ClockWatch();
  /** What the wall clock would have shown at the start. */
  #clockBegan = Date.now();
  #snapshot: RouteSnapshot;
  #plan: Plan;
  #lanPrefix: Prefix | undefined;
  readonly #provenWan: ProvenWan;
  #moved: string | null = null;
  #providedDns: IPv4[] = [];
  #applied = "";
  #listening = 0;
  #wan: { state: string; since: number } = { state: "", since: 0 };
  #warnings: string[] = [];
  #nextRetryMs = RETRY_AFTER_MS;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #failures: string[] = [];
  #shownStatus = "";
  #shownDevices = "";
  #reconciling: Promise<void> | undefined;
  #isStale = false;
  #isUnplugged = false;
  #linkStates: { close(): void } | undefined;

  constructor(private readonly options: RouterOptions) {
    this.#config = options.configuration.config;
    this.#revision = options.configuration.revision.number;
    const names = reservedNames(this.#config);
    this.#memory = new Memory(options.state, log);
    this.#registry = new DeviceRegistry(options.vendorOf, (mac) => names.get(mac));
    this.#registry.restore(this.#memory.devices());
    this.#lanPrefix = this.#memory.lanPrefix();
    this.#provenWan = new ProvenWan(this.#memory.provenWan());
    this.#servers = new LanServices(
      options.state,
      () => this.#observe(),
      (client, bytes) => this.traffic.told(client, bytes),
    );
    this.#applier = new Applier(hostMachine(options.run));
    this.#snapshot = this.#ownPart(snapshotRoute());
    this.#plan = this.#planned();
    this.#translation = new Translation({
      socketPath: join(options.run, "dataplane.sock"),
      path: this.#config.nat.path,
      onChange: () => this.#observe(),
      onTraffic: (report, isInterval) => this.#hearTraffic(report, isInterval),
    });
    this.nat = new NatView({
      list: this.#translation.list,
      counted: () => this.#translation.counted,
      status: () => this.#translation.nat,
      devices: () => this.devices(),
      policy: this.#config.nat,
    });
    this.traffic = new TrafficService({
      ...options,
      settings: this.#config.traffic,
      nameOf: (mac) => this.#registry.nameOf(mac),
      resolve: (query, onReply) => this.#servers.ask(query, onReply),
      forgetCaptures: (device) => this.#translation.forget(device),
      onFaults: () => this.#emitStatus(),
      onNotices: () => this.#live.emit({ type: "notices" }),
    });
    watchRoute(
      (snapshot) => this.#look(snapshot),
      (error) => options.onFailure(new Error(`the kernel's tables cannot be watched: ${error.message}`)),
    );
    setInterval(() => void this.remember(), REMEMBER_EVERY_MS);
  }

  /** Keeps what shall be known after a restart. */
  async remember(): Promise<void> {
    await this.#memory.keepDevices(this.#registry.acquaintances());
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    return this.#live.subscribe(listener);
  }

  devices(): Device[] {
    return this.#registry.list();
  }

  counters(): { dhcp: Record<string, number>; dns: Record<string, number> } & TranslationCounters {
    return { ...this.#servers.counters(), ...this.#translation.counters };
  }

  status(): Status {
    return routerStatus({
      version: this.options.version,
      uptime: performance.now() - this.#started,
      now: Date.now(),
      config: this.#config,
      revision: this.#revision,
      snapshot: this.#snapshot,
      plan: { ...this.#plan, clash: this.#plan.clash ?? this.#moved },
      upstreams: upstreams(this.#config, this.#providedDns),
      wanSince: this.#wan.since || null,
      nat: this.#translation.nat,
      faults: {
        configuration: this.options.configuration.notices,
        nat: this.#translation.faults,
        apply: this.#warnings,
        reconcile: this.#failures,
        traffic: this.traffic.faults,
      },
    });
  }

  /** `config` differs in its traffic section only. */
  async #changeTraffic(config: Config): Promise<void> {
    const { number } = await this.options.store.save(config, "web page", "what is recorded of the traffic");
    this.#config = config;
    this.#revision = number;
    this.traffic.configure(config.traffic);
    if (this.#listening !== 0) this.#translate();
    this.#observe();
  }

  /** What the provider's DHCP server says of name servers, as networkd noted it. */
  #readProvidedDns(): IPv4[] {
    const link = linkNamed(this.#snapshot, this.#plan.network.wan);
    return link === undefined ? [] : (readLinkState(link.index)?.dns ?? []);
  }

  #planned(): Plan {
    return planNetwork(this.#config, {
      links: this.#snapshot.links,
      wanPrefixes: (port) => wanPrefixes(this.#snapshot, port),
      current: this.#lanPrefix,
      provenWan: this.#provenWan.name(this.#snapshot.links),
    });
  }

  /** What the kernel says but for the addresses that are devices' own, which the WAN port only answers for. */
  #ownPart(snapshot: RouteSnapshot): RouteSnapshot {
    return withoutAddresses(snapshot, mappedAddresses(this.#config));
  }

  /** Takes in what the kernel says now. */
  #look(snapshot: RouteSnapshot): void {
    this.#snapshot = this.#ownPart(snapshot);
    this.#registry.updateSightings(sightings(this.#snapshot, LAN_BRIDGE), Date.now());
    this.#reconcileSoon();
    this.#observe();
  }

  /** One reconciliation at a time; whatever changes meanwhile asks for one more. */
  #reconcileSoon(): void {
    this.#isStale = true;
    this.#reconciling ??= this.#reconcileWhileStale().finally(() => {
      this.#reconciling = undefined;
    });
  }

  async #reconcileWhileStale(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      try {
        await this.#reconcile();
        this.#failures = [];
      } catch (error) {
        this.#failures = [`The router does not run as configured: ${(error as Error).message}.`];
        log.limited("reconcile", `${error}; trying again`);
        setTimeout(() => this.#reconcileSoon(), RETRY_AFTER_MS);
      }
      this.#observe();
    }
  }

  /** Brings everything to what the configuration means on this machine. What is as wanted is not touched. */
  async #reconcile(): Promise<void> {
    this.#watchLinkStates();
    this.#plan = this.#planned();
    const { network, moved } = this.#plan;
    this.#moved = moved ?? this.#moved;
    this.#providedDns = this.#readProvidedDns();
    if (this.#config.lan.address === "auto") {
      this.#lanPrefix = network.prefix;
      await this.#memory.keepLanPrefix(network.prefix);
    }
    await this.#apply();
    this.#translate();
    this.#setLanPorts(true);
    const bridge = linkNamed(this.#snapshot, LAN_BRIDGE);
    if (bridge === undefined || !hasAddress(this.#snapshot, LAN_BRIDGE, network.prefix)) return;
    this.#servers.serve(network, bridge.index, upstreams(this.#config, this.#providedDns));
    if (this.#listening !== network.prefix.address) {
      this.options.onLanAddress(network.prefix.address);
      if (this.#listening !== 0) this.#replugHome().catch((error) => log.warn(`${error}`));
      this.#listening = network.prefix.address;
    }
  }

  /** Tells the data plane what to translate. The bridge made anew has another index, and the taps hear nothing of it. */
  #translate(): void {
    const { network } = this.#plan;
    const config = translationConfig({
      config: this.#config,
      prefix: network.prefix,
      wan: wayOut(this.#snapshot, network.wan),
      addresses: this.#registry.addresses(),
    });
    this.#translation.configure(config, linkNamed(this.#snapshot, LAN_BRIDGE)?.index);
  }

  /** Devices keep an address of the network that was until their lease ends, hours later, unless they lose the link. */
  async #replugHome(): Promise<void> {
    this.#isUnplugged = true;
    this.#setLanPorts(false);
    await Bun.sleep(UNPLUGGED_MS);
    this.#isUnplugged = false;
    this.#setLanPorts(true);
    await this.#applier.restartAccessPoints();
  }

  /** Takes up or down those of the LAN's ports that are not; one that is down serves nobody, whoever took it down. */
  #setLanPorts(isUp: boolean): void {
    if (this.#isUnplugged && isUp) return;
    for (const port of this.#plan.network.lan) {
      const link = linkNamed(this.#snapshot, port);
      if (link === undefined || link.up === isUp) continue;
      try {
        setLinkUp(link.index, isUp);
      } catch (error) {
        log.limited("link", `${port}: ${(error as Error).message}`);
      }
    }
  }

  async #apply(): Promise<void> {
    const rendered = render(this.#plan.network);
    const key = JSON.stringify(rendered);
    if (key === this.#applied) return;
    const { changes, warnings } = await this.#applier.apply(rendered);
    this.#applied = key;
    for (const change of changes) log.info(change);
    for (const warning of warnings) if (!this.#warnings.includes(warning)) log.warn(warning);
    this.#warnings = warnings;
    if (warnings.length > 0) this.#applyAgain();
    else this.#nextRetryMs = RETRY_AFTER_MS;
  }

  /** A radio that has just been plugged in, say, may not be known to systemd yet. */
  #applyAgain(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#applied = "";
      this.#reconcileSoon();
    }, this.#nextRetryMs);
    this.#nextRetryMs = Math.min(2 * this.#nextRetryMs, MAX_RETRY_MS);
  }

  /** networkd makes the folder when it starts, which may be after us. */
  #watchLinkStates(): void {
    if (this.#linkStates !== undefined) return;
    try {
      this.#linkStates = watchLinkStates(
        () => this.#reconcileSoon(),
        (error) => log.error(`networkd's link states can no longer be watched: ${error.message}`),
      );
    } catch (error) {
      log.limited("networkd", `networkd has not started yet: ${(error as Error).message}`);
    }
  }

  #hearTraffic({ at, intervalMs, devices }: TrafficReport, isInterval: boolean): void {
    const totals = devices.map((device) => ({ ...device, mac: device.mac as Mac }));
    const deltas = this.#registry.updateTraffic(totals, at);
    if (isInterval) this.#live.emit(trafficEvent(at, intervalMs, deltas));
  }

  /** Tells the listeners what has changed, and the log what a person would want to read there. */
  #observe(): void {
    this.#noteClock();
    this.#registry.updateLeases(this.#servers.leases(), Date.now());
    this.#servers.publishNames(this.#plan.network);
    this.traffic.updateDevices(this.#registry.addresses(), Date.now());
    // A device with a filtering of its own may have got another address.
    if (this.#listening !== 0 && this.#config.nat.devices.length > 0) this.#translate();
    const wan = wanFacts(this.#snapshot, this.#plan.network.wan);
    const proven = this.#provenWan.note(wan);
    if (proven !== undefined) void this.#memory.keepProvenWan(proven);
    if (wan.state !== this.#wan.state) {
      this.#wan = { state: wan.state, since: Date.now() };
      log.info(
        `the Internet is ${wan.state}${wan.address === null ? "" : `, ${wan.address} on ${wan.interface}`}`,
      );
    }
    this.#emitStatus();
    this.#emitDevices();
  }

  #noteClock(): void {
    const step = this.#clock.step();
    if (step === 0) return;
    const now = Date.now();
    log.info(`the clock was set by ${Math.round(step / 1000)} seconds`);
    this.#registry.clockSet(step, this.#clockBegan, now - step);
    this.#clockBegan += step;
    if (this.#wan.since !== 0) this.#wan.since += step;
  }

  #emitStatus(): void {
    const status = this.status();
    const shown = JSON.stringify({ ...status, time: 0, uptimeSeconds: 0 });
    if (shown === this.#shownStatus) return;
    this.#shownStatus = shown;
    this.#live.emit({ type: "status", status });
  }

  #emitDevices(): void {
    const devices = this.devices();
    // Volumes and times travel in traffic events.
    const shown = JSON.stringify(
      devices.map((device) => ({ ...device, upBytes: 0, downBytes: 0, lastSeen: 0 })),
    );
    if (shown === this.#shownDevices) return;
    this.#shownDevices = shown;
    this.#live.emit({ type: "devices", devices });
  }
}
