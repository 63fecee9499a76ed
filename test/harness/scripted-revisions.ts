import { randomUUID } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "@gatehouse/runtime/config/parse.ts";
import type { Config } from "@gatehouse/runtime/config/schema.ts";
import { directRevisions } from "@gatehouse/runtime/service/store/direct.fixture.ts";
import { emitRevision } from "@gatehouse/runtime/service/store/revision.ts";
import type { Revisions } from "@gatehouse/runtime/service/store/revisions.ts";
import { ConfigStore } from "@gatehouse/runtime/service/store/store.ts";
import { START } from "./scripted-home.ts";

const DAY_MS = 86_400_000;
const [home] = defaultConfig.lans;
const [radio] = defaultConfig.wifi.radios;
const [network] = defaultConfig.wifi.networks;

/** Three weeks of a home, each step on top of those before it: days before now, who, what for, and what was changed. */
const STEPS: [daysAgo: number, who: string, why: string, change: (config: Config) => Config][] = [
  [
    21,
    "Mara's laptop (192.168.7.11)",
    "set-up",
    (config) => ({
      ...config,
      hostname: "den",
      timezone: "Europe/Berlin",
      wifi: {
        country: "DE",
        radios: [{ ...radio!, band: "5" }],
        networks: [{ ...network!, name: "Den", passphrase: "correct horse battery" }],
      },
    }),
  ],
  [
    20.96,
    "Mara's laptop (192.168.7.11)",
    "a network for guests",
    (config) => ({
      ...config,
      lans: [home!, { ...home!, name: "guest", ports: [], router: false, isolated: true }],
      wifi: {
        ...config.wifi,
        networks: [
          ...config.wifi.networks,
          { ...network!, name: "Den for guests", passphrase: "come in and sit down", lan: "guest" },
        ],
      },
    }),
  ],
  [
    9.2,
    "Jonas' phone (192.168.7.13)",
    "the console's ports",
    (config) => ({
      ...config,
      nat: { ...config.nat, forwards: [{ name: "console", protocol: "udp", external: 3074, to: 40 }] },
    }),
  ],
  [
    2.1,
    "the router itself",
    "what is recorded of the traffic",
    (config) => ({ ...config, traffic: { ...config.traffic, visibleTo: "household", keepSecondsDays: 3 } }),
  ],
  [
    0.1,
    "Mara's laptop (192.168.7.11)",
    "another address for the home",
    (config) => ({
      ...config,
      lans: [{ ...config.lans[0]!, address: "192.168.5.1/24" }, ...config.lans.slice(1)],
    }),
  ],
];

/** The revisions of the scripted home, in a folder of their own for as long as it runs; changes take no effect on it. */
export class ScriptedRevisions {
  readonly revisions: Revisions;
  private readonly folder = join(tmpdir(), `gatehouse-scripted-${randomUUID()}`);

  constructor() {
    mkdirSync(this.folder);
    let config = defaultConfig;
    for (const [i, [daysAgo, who, why, change]] of STEPS.entries()) {
      const revision = { number: i + 1, time: START - daysAgo * DAY_MS, who, why };
      const next = change(config);
      writeFileSync(join(this.folder, `00000${i + 1}.json`), emitRevision(revision, next, config));
      config = next;
    }
    this.revisions = directRevisions(new ConfigStore(this.folder, () => START), config, () => START);
  }

  /** Takes away what was written. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
