import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { type Static, Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { parseConfig } from "../../config/parse.ts";
import { StorageError, writeDurably } from "../../linux/storage/durable.ts";
import type { Log } from "../log.ts";
import type { Trial } from "./trial.ts";

const Stored = Type.Object({
  id: Type.String(),
  boot: Type.String(),
  begins: Type.Number(),
  ends: Type.Number(),
  former: Type.Integer(),
  who: Type.String(),
  why: Type.String(),
  home: Type.String(),
  config: Type.Unknown(),
});

/** Keeps the trial that is going on at `path`, apart from the revisions: whoever loads those finds the former one. */
export class TrialFile {
  constructor(
    private readonly path: string,
    private readonly log: Log,
  ) {}

  /** The trial that a program before this one has begun; undefined when there is none, or none that can be used. */
  read(): Trial | undefined {
    const stored = this.#stored();
    if (stored === undefined) return undefined;
    const parsed = parseConfig(stored.config);
    if ("config" in parsed) return { ...stored, config: parsed.config };
    this.log.warn("the configuration that was tried cannot be used, and is given up");
    return undefined;
  }

  /** On disk when the promise resolves. It holds secrets: only its owner reads it. Throws StorageError. */
  write(trial: Trial): Promise<void> {
    return writeDurably(this.path, JSON.stringify(trial));
  }

  /** Throws StorageError. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true }).catch((error) => {
      throw new StorageError(this.path, error);
    });
  }

  #stored(): Static<typeof Stored> | undefined {
    try {
      return Value.Parse(Stored, JSON.parse(readFileSync(this.path, "utf8")));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        this.log.warn(`the configuration that was tried cannot be read, and is given up: ${error}`);
      return undefined;
    }
  }
}
