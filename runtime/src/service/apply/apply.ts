import type { AccessPoints } from "../../linux/hostapd/hostapd.ts";
import type { PppLinks } from "../../linux/ppp/ppp.ts";
import type { FolderChange } from "../../linux/storage/folder.ts";
import type { SysctlChange } from "../../linux/sysctl/sysctl.ts";
import type { RenderedFile } from "../../render/network.ts";
import type { Rendered } from "../../render/render.ts";
import type { Sysctl } from "../../render/sysctl.ts";

/** The parts of the machine that a configuration is applied to. */
export interface Machine {
  /** Loads an nft transaction, all or nothing. */
  applyRuleset(text: string): void;
  setSysctls(wanted: readonly Sysctl[]): SysctlChange;
  synchroniseUnits(files: readonly RenderedFile[]): FolderChange;
  reloadNetworkd(): Promise<void>;
  accessPoints: AccessPoints;
  pppLinks: PppLinks;
}

/** What one application did. */
export interface Applied {
  /** One line for each thing that was changed; empty when all was as wanted. */
  changes: string[];
  /** One sentence for each thing that could not be done and that the router runs on without. */
  warnings: string[];
}

/** The firewall was refused or networkd not reached: the router does not run as configured. */
export class ApplyError extends Error {
  override name = "ApplyError";
}

/** Brings the machine to what a configuration compiles to, changing only what differs. */
export class Applier {
  /** How often a change made networkd reload or an access point restart, since this program started. */
  readonly counts = { networkdReloads: 0, accessPointRestarts: 0 };
  #firewall = "";
  #accessPoints: readonly RenderedFile[] = [];
  /** Units may have been written and never taken up, also by a program before this one. */
  #isNetworkdStale = true;

  constructor(private readonly machine: Machine) {}

  /**
   * The firewall first: a port changes sides only after the new policy is in force, and nothing is opened in between. When it
   * is refused nothing else is touched. Wi-Fi that fails is a warning, since the cables still work. Throws ApplyError.
   */
  async apply(wanted: Rendered): Promise<Applied> {
    const applied: Applied = { changes: [], warnings: [] };
    this.#applyFirewall(wanted.firewall, applied);
    this.#applySysctls(wanted.sysctl, applied);
    await this.#applyNetworkd(wanted.networkd, applied);
    await this.#applyPpp(wanted.ppp, applied);
    if (wanted.hostapd !== null) await this.#applyWifi(wanted.hostapd, applied);
    return applied;
  }

  /** Makes the stations join anew, as those do who lost the link. Throws UnitError. */
  async restartAccessPoints(): Promise<void> {
    await this.machine.accessPoints.restart(this.#accessPoints);
    this.counts.accessPointRestarts += this.#accessPoints.length;
  }

  /** Loaded once more after a restart of this program, since who knows what happened meanwhile; it replaces itself. */
  #applyFirewall(text: string, { changes }: Applied): void {
    if (text === this.#firewall) return;
    attempt("the firewall", () => this.machine.applyRuleset(text));
    this.#firewall = text;
    changes.push("firewall: loaded");
  }

  #applySysctls(wanted: readonly Sysctl[], { changes, warnings }: Applied): void {
    const { changed, refused } = this.machine.setSysctls(wanted);
    changes.push(...changed.map((key) => `sysctl: ${key}`));
    warnings.push(
      ...refused.map(({ key, reason }) => `The kernel parameter ${key} could not be set (${reason}).`),
    );
  }

  async #applyNetworkd(files: readonly RenderedFile[], { changes }: Applied): Promise<void> {
    const change = attempt("the units of networkd", () => this.machine.synchroniseUnits(files));
    changes.push(...describe("networkd", change));
    this.#isNetworkdStale ||= change.written.length + change.removed.length > 0;
    if (!this.#isNetworkdStale) return;
    await this.machine.reloadNetworkd().catch((error) => {
      throw new ApplyError(`applying the units of networkd: ${error.message}`, { cause: error });
    });
    this.#isNetworkdStale = false;
    this.counts.networkdReloads++;
  }

  async #applyPpp(files: readonly RenderedFile[], { changes, warnings }: Applied): Promise<void> {
    try {
      changes.push(...describe("pppoe", await this.machine.pppLinks.bring(files)));
    } catch (error) {
      warnings.push(`Signing in to the provider could not be started: ${(error as Error).message}.`);
    }
  }

  async #applyWifi(files: readonly RenderedFile[], { changes, warnings }: Applied): Promise<void> {
    try {
      const change = await this.machine.accessPoints.bring(files);
      this.#accessPoints = files;
      changes.push(...describe("hostapd", change));
      this.counts.accessPointRestarts += change.restarted.length;
    } catch (error) {
      warnings.push(`Wi-Fi could not be brought up: ${(error as Error).message}.`);
    }
  }
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new ApplyError(`applying ${what}: ${(error as Error).message}`, { cause: error });
  }
}

function describe(area: string, { written, removed }: FolderChange): string[] {
  return [
    ...written.map((name) => `${area}: wrote ${name}`),
    ...removed.map((name) => `${area}: removed ${name}`),
  ];
}
