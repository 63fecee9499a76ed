/** Sizes of what is built: the executable, the kernel image, the disk as flashed and what of it is used. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { publish } from "./series.ts";

const BUILD = join(import.meta.dir, "../../build");
const MB = 1e6;
/** st_blocks counts these, whatever the file system's block size is (stat(2)). */
const BLOCK = 512;

const size = (path: string) => statSync(join(BUILD, path)).size / MB;
const used = (path: string) => (statSync(join(BUILD, path)).blocks * BLOCK) / MB;

const figure = (metric: string, value: number) =>
  ({ metric, value, unit: "MB", baseline: null, ratio: null, rounds: 1, spread: null }) as const;

publish("image", [
  figure("executable", size("gatehouse")),
  figure("unified kernel image", size("image/gatehouse.efi")),
  figure("disk image, used", used("image/gatehouse.raw")),
  figure("disk image, as flashed", size("image/gatehouse.raw")),
]);
