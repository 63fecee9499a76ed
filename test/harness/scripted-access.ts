import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AccessGuard } from "@gatehouse/runtime/api/access-guard.ts";
import { defaultConfig } from "@gatehouse/runtime/config/parse.ts";
import { Access } from "@gatehouse/runtime/service/access/access.ts";
import { TrafficSettings } from "@gatehouse/runtime/service/router/traffic-settings.ts";

/** everyone: each browser counts as the router's own, as the tests' do; owner-only: as any other device's at home. */
export type AccessMood = "everyone" | "owner-only";

/** The scripted router's settings, kept for as long as it runs, and who may see what by them. */
export class ScriptedAccess {
  readonly settings = new TrafficSettings(
    () => this.config,
    async (config) => {
      this.config = config;
    },
  );
  readonly guard: AccessGuard;
  private readonly state = join(tmpdir(), `gatehouse-scripted-${randomUUID()}`);
  private config = defaultConfig;

  constructor(mood: AccessMood) {
    const access = new Access({ state: this.state, visibleTo: () => this.settings.current.visibleTo });
    this.guard = new AccessGuard(access, () => mood === "everyone");
  }

  /** Takes away what was written. */
  remove(): void {
    rmSync(this.state, { recursive: true, force: true });
  }
}
