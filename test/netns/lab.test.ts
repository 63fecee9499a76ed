/** The lab leaves nothing behind, however the program that made it ends. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "@gatehouse/qemu/wait.ts";

setDefaultTimeout(60_000);

const namespaces = join(import.meta.dir, "../../qemu/namespaces.ts");

/** A program that makes a lab with a host, runs a command in it, and does not end by itself. */
const program = (mark: string) => `
  import { Namespaces } from ${JSON.stringify(namespaces)};
  const lab = await Namespaces.open();
  const host = await lab.host("host");
  const running = host.start(["bash", "-c", "echo up; exec -a ${mark} sleep infinity"]);
  await running.line(/up/, 10_000);
  console.log("ready");
  setInterval(() => {}, 1000);`;

test("a killed program takes its namespaces and everything in them along", async () => {
  const mark = `lab-test-${process.pid}`;
  const child = Bun.spawn([process.execPath, "-e", program(mark)], { stdout: "pipe" });
  const { value } = await child.stdout.getReader().read();
  expect(new TextDecoder().decode(value)).toContain("ready");
  await until({ what: `process ${mark}`, within: 10_000 }, () => processes(mark) === 1);
  child.kill("SIGKILL");
  await until({ what: `end of process ${mark}`, within: 10_000 }, () => processes(mark) === 0);
});

/** How many processes call themselves that. */
function processes(mark: string): number {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(`${mark}\0`);
    } catch {
      return false; // It has ended meanwhile.
    }
  }).length;
}
