import { expect, test } from "bun:test";
import { join } from "node:path";
import { version } from "../package.json" with { type: "json" };

const MAIN = join(import.meta.dir, "main.ts");

function gatehouse(words: string[], wrapper: string[] = []) {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...wrapper, process.execPath, MAIN, ...words]);
  return [exitCode, stdout.toString(), stderr.toString()];
}

test("the version and the commands can be asked for", () => {
  expect(gatehouse(["--version"])).toEqual([0, `${version}\n`, ""]);
  expect(gatehouse(["--help"])).toEqual([0, expect.stringContaining("gatehouse dataplane "), ""]);
});

test("words that mean nothing are refused in one line, with status 2", () => {
  const hint = "gatehouse --help lists the commands\n";
  expect([gatehouse(["rnu"]), gatehouse([]), gatehouse(["run", "now"])]).toEqual([
    [2, "", `gatehouse: unknown command "rnu"; ${hint}`],
    [2, "", `gatehouse: no command given; ${hint}`],
    [2, "", `gatehouse: run takes no argument, but "now" was given; ${hint}`],
  ]);
});

test("a missing privilege is named in one line", () => {
  const unprivileged = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"];
  // Who is not root has none to give up, and may not give up any.
  const wrapper = process.getuid?.() === 0 ? unprivileged : [];
  expect(gatehouse(["dataplane"], wrapper)).toEqual([
    1,
    "",
    "gatehouse dataplane: needs CAP_NET_ADMIN and CAP_NET_RAW; run it as root or from its systemd unit\n",
  ]);
});
