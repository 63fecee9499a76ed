import { join } from "node:path";
import { formatIPv4 } from "../../addr/ipv4.ts";
import type { Mac } from "../../addr/mac.ts";
import { boot } from "../../linux/boot.ts";
import { type RouteSnapshot, watchRoute } from "../../linux/netlink/route.ts";
import type { LanSide } from "../../render/network.ts";
import { pppFolder } from "../apply/host.ts";
import { ConfigurationService, type Effective, type Home } from "../configuration/service.ts";
import { TrialFile } from "../configuration/trial-file.ts";
import { adoptLeases } from "../dhcp/lease-file.ts";
import { HomeNetworks } from "../lan/networks.ts";
import { createLog } from "../log.ts";
import { PolicyService } from "../policy/policy.ts";
import { Revisions } from "../store/revisions.ts";
import type { ConfigStore, Loaded } from "../store/store.ts";
import { TrafficService } from "../traffic/service.ts";
import { WanMonitor } from "../wan/monitor.ts";
import { WanView } from "../wan/view.ts";
import { hostWifi, type WifiService } from "../wifi/wifi.ts";
import { ControlLoop } from "./control-loop.ts";
import { type Device, DeviceRegistry } from "./devices.ts";
import { reservedNames, upstreams } from "./lan-settings.ts";
import { LiveEvents } from "./live.ts";
import { Memory } from "./memory.ts";
import { NatView } from "./nat-view.ts";
import { sightings } from "./network.ts";
import { Present } from "./present.ts";
import { LanServices } from "./servers.ts";
import { StartTime } from "./start-time.ts";
import { type LiveEvent, routerStatus, type Status, trafficEvent } from "./status.ts";
import { TrafficSettings } from "./traffic-settings.ts";
import { type TrafficReport, Translation, type TranslationCounters } from "./translation.ts";
import { WanHistory } from "./wan-history.ts";

export interface RouterOptions {
  version: string;
  /** The folder of what must survive a reboot. */
  state: string;
  /** The folder of sockets and of what need not survive. */
  run: string;
  configuration: Loaded;
  /** Where it keeps what is changed while it runs. */
  store: ConfigStore;
  /** How long a change that may part a device from the router has to be confirmed, ms. */
  trialMs: number;
  vendorOf(mac: Mac): string | null;
  /** The router's addresses in the networks that may open its page: bridges carry them, so that it can listen there. Called again when it throws. */
  onPageAddresses(addresses: readonly string[]): void;
  /** The router is blind and should be started again. */
  onFailure(error: Error): void;
}

const REMEMBER_EVERY_MS = 60_000;

const log = createLog("router");

/** The control plane: puts its parts together, has them run, and tells the API what they see. */
export class Router {
  /** The document that says what the router shall be. */
  readonly configuration: ConfigurationService;
  /** What it was, and how that comes back. */
  readonly revisions: Revisions;
  /** What is open between the home and the Internet. */
  readonly nat: NatView;
  /** The networks of the home. */
  readonly lan = new HomeNetworks({
    network: () => this.#present.plan.network,
    devices: () => this.devices(),
  });
  /** The ways to the Internet. */
  readonly wan = new WanView(
    () => this.#present,
    () => this.#ways,
  );
  /** Radios and wireless networks. */
  readonly wifi = {
    now: () => this.#wifi.view(this.#present.config),
    passphrases: () =>
      this.#present.config.wifi.networks.map(({ name, passphrase }) => ({ name, passphrase })),
  };
  /** Who is kept from the Internet, or within limits. */
  readonly policy = new PolicyService({
    config: () => this.#present.config,
    addresses: () => this.#registry.presentAddresses(),
    onDue: () => this.#control.soon(),
  });
  /** What is recorded of the devices' traffic. */
  readonly traffic: TrafficService;
  /** How much that is, and who may see it. */
  readonly settings = new TrafficSettings(
    () => this.#present.config,
    async (config) => {
      await this.configuration.propose(config, "web page", "what is recorded of the traffic");
    },
  );
  readonly #memory: Memory;
  readonly #present: Present;
  /** Those the owner gave devices. */
  #names: ReadonlyMap<Mac, string>;
  readonly #registry: DeviceRegistry;
  readonly #live = new LiveEvents();
  readonly #servers: LanServices;
  readonly #translation: Translation;
  readonly #control: ControlLoop;
  /** On the clock that nobody sets. */
  readonly #started = performance.now();
  readonly #startTime = new StartTime();
  readonly #wan = new WanHistory(log);
  readonly #wifi: WifiService;
  readonly #ways: WanMonitor;

  constructor(private readonly options: RouterOptions) {
    const { state, configuration } = options;
    this.#memory = new Memory(state, log);
    this.configuration = this.#createConfiguration();
    this.revisions = new Revisions(options.store, this.configuration, (count) =>
      crypto.getRandomValues(new Uint8Array(count)),
    );
    const effective = this.configuration.current();
    this.#names = reservedNames(effective.config);
    this.#registry = new DeviceRegistry(options.vendorOf, (mac) => this.#names.get(mac));
    this.#registry.restore(this.#memory.devices());
    adoptLeases(state, configuration.config.lans[0]!.name);
    this.#servers = new LanServices(
      state,
      () => this.#observe(),
      (client, bytes) => this.traffic.told(client, bytes),
      (address) => this.#registry.ipv4Of(address),
    );
    this.#wifi = hostWifi(join(options.run, "hostapd/control"), log, () => {
      this.#control.soon();
      this.#observe();
    });
    this.#ways = new WanMonitor({
      log,
      pppFolder: pppFolder(options.run),
      onChange: () => this.#control.soon(),
    });
    this.#present = new Present(effective, this.#memory, this.#wifi, this.#ways);
    this.#translation = new Translation({
      socketPath: join(options.run, "dataplane.sock"),
      path: this.#present.config.nat.path,
      onChange: () => this.#observe(),
      onTraffic: (report, isInterval) => this.#hearTraffic(report, isInterval),
    });
    this.#control = new ControlLoop({
      ...options,
      log,
      present: this.#present,
      servers: this.#servers,
      translation: this.#translation,
      policy: this.policy,
      addresses: () => this.#registry.addresses(),
      onChange: () => this.#observe(),
    });
    this.nat = new NatView({
      list: this.#translation.list,
      counted: () => this.#translation.counted,
      status: () => this.#translation.nat,
      devices: () => this.devices(),
      policy: () => this.#present.config.nat,
    });
    this.traffic = new TrafficService({
      ...options,
      settings: this.#present.config.traffic,
      nameOf: (mac) => this.#registry.nameOf(mac),
      resolve: (query, onReply) => this.#servers.ask(query, onReply),
      forgetCaptures: (device) => this.#translation.forget(device),
      onFaults: () => this.#live.showStatus(this.status()),
      onNotices: () => this.#live.emit({ type: "notices" }),
    });
    watchRoute(
      (snapshot) => this.#look(snapshot),
      (error) => options.onFailure(new Error(`the kernel's tables cannot be watched: ${error.message}`)),
    );
    setInterval(() => void this.remember(), REMEMBER_EVERY_MS);
  }

  #createConfiguration(): ConfigurationService {
    const { configuration, store, state, trialMs } = this.options;
    return new ConfigurationService({
      loaded: configuration,
      store,
      file: new TrialFile(join(state, "trial.json"), log),
      windowMs: trialMs,
      boot,
      after(ms, action) {
        const timer = setTimeout(action, ms);
        return () => clearTimeout(timer);
      },
      log,
      network: (config) => this.#present.networkOf(config),
      places: ({ lans: [home, ...others] }) => [homeOf(home), ...others.map(homeOf)],
      ports: () => this.#present.ports(),
      apply: (effective) => this.#configure(effective),
      onChange: () => this.#live.showStatus(this.status()),
    });
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
    const { config, revision, snapshot, plan, moved, providedDns } = this.#present;
    return routerStatus({
      version: this.options.version,
      uptime: performance.now() - this.#started,
      now: Date.now(),
      config,
      revision,
      snapshot,
      plan: { ...plan, clash: plan.clash ?? moved },
      upstreams: upstreams(config, providedDns),
      wanSince: this.#wan.since,
      nat: this.#translation.nat,
      radios: this.#wifi.plans(config),
      trial: this.configuration.trial,
      faults: {
        configuration: this.options.configuration.notices,
        trial: this.configuration.returned,
        nat: this.#translation.faults,
        apply: [...this.#control.warnings, ...this.#wifi.warnings],
        reconcile: this.#control.failures,
        wan: this.#ways.faults(plan.network.wans),
        traffic: this.traffic.faults,
      },
    });
  }

  #configure(effective: Effective): void {
    const { config } = effective;
    this.#present.configure(effective);
    this.#names = reservedNames(config);
    this.traffic.configure(config.traffic);
    this.#control.soon();
    this.#observe();
  }

  /** Takes in what the kernel says now. */
  #look(snapshot: RouteSnapshot): void {
    this.#present.look(snapshot);
    this.#registry.updateSightings(
      sightings(this.#present.snapshot, this.#present.plan.network.lans),
      Date.now(),
    );
    this.#control.soon();
    this.#observe();
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
    this.#servers.publishNames(this.#present.plan.network);
    this.traffic.updateDevices(this.#registry.addresses(), Date.now());
    // A device with a filtering of its own may have got another address.
    if (this.#present.config.nat.devices.length > 0) this.#control.translateAgain();
    this.policy.look();
    this.#wan.note(this.#present.noteWan());
    this.#live.showStatus(this.status());
    this.#live.showDevices(this.devices());
  }

  #noteClock(): void {
    this.#startTime.check((step, began, now) => {
      log.info(`the clock was set by ${Math.round(step / 1000)} seconds`);
      this.#registry.clockSet(step, began, now);
      this.#wan.clockSet(step);
    });
  }
}

function homeOf({ config: { name }, prefix }: LanSide): Home {
  return { name, place: formatIPv4(prefix.address) };
}
