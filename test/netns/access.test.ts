/** Who may see and change what, in the product's executable between real clients and the router's own console. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Home } from "@gatehouse/qemu/home.ts";
import { Native } from "@gatehouse/qemu/native.ts";
import { built } from "@gatehouse/qemu/toolbox.ts";
import { until } from "@gatehouse/qemu/wait.ts";
import { ask, ownership, Visitor } from "../e2e/owner.ts";
import { patience } from "../e2e/scenarios.ts";

setDefaultTimeout(180_000);

const ROOT = built("toolbox");
const STATE = `${ROOT}/var/lib/gatehouse`;
const HERE = "http://127.0.0.1";

let home: Home;

beforeAll(async () => {
  home = await Home.build((namespaces) => new Native(namespaces));
  await home.router.start();
  for (const client of home.clients) client.powerOn();
});
afterAll(() => home?.close());

const router = () => home.namespaces.get("router");

test(ownership.name, () => ownership.check(home));

test("the router's own console needs no password, but for what a page would ask in its name", async () => {
  const status = async (...options: string[]) =>
    (await ask(router(), HERE, "traffic/settings", ...options)).status;
  const change = ["-X", "PUT", "--json", '{"captureMegabytes": 6}'];
  expect([
    await status(),
    await status(...change),
    await status(...change, "-H", "Origin: http://rebound.example"),
    await status("-H", "Host: rebound.example"),
  ]).toEqual([200, 200, 403, 421]);
});

test("a device that is not to be recorded leaves no packets behind, from the moment the owner says so", async () => {
  const { client1, tail } = home;
  const owner = await Visitor.at(client1, tail);
  await owner.signIn();
  const { address } = await client1.leased(patience, tail);
  const devices: { mac: string; address: string }[] = (await owner.ask("devices")).body;
  const { mac } = devices.find((device) => device.address === address)!;
  const isRecorded = async () => {
    const { body } = await owner.ask("captures");
    return (body as { device: string; frames: number }[]).some(
      ({ device, frames }) => device === mac && frames > 0,
    );
  };
  const settle = async (notRecorded: string[], wanted: boolean) => {
    expect((await owner.tell("PUT", "traffic/settings", { notRecorded })).status).toBe(200);
    const what = wanted ? "captures of the device" : "end of its captures";
    // Each question is traffic of the device.
    await until({ what, within: patience, tail }, async () => (await isRecorded()) === wanted);
  };
  await settle([], true);
  await settle([mac], false);
  await settle([], true);
});

test("what is changed is kept as a revision, and is so after a restart, over which the owner stays signed in", async () => {
  const owner = await Visitor.at(home.client1, home.tail);
  await owner.signIn();
  expect((await owner.tell("PUT", "traffic/settings", { keepMinutesDays: 30 })).status).toBe(200);
  const revision = await router().sh(`cat "$(ls ${STATE}/config/*.json | tail -1)"`);
  expect(JSON.parse(revision.stdout)).toMatchObject({
    who: "web page",
    config: { version: 1, traffic: { keepMinutesDays: 30, captureMegabytes: 6 } },
  });
  await home.router.reboot();
  await until({ what: "the console's answer", within: patience, tail: home.tail }, async () => {
    const { stdout } = await router().run(["curl", "-s", `${HERE}/api/access`], { mayFail: true });
    return stdout !== "";
  });
  expect((await ask(router(), HERE, "traffic/settings")).body).toMatchObject({ keepMinutesDays: 30 });
  await until({ what: "the page at home", within: patience, tail: home.tail }, async () => {
    const { status } = await owner.ask("access", "--max-time", "3").catch(() => ({ status: 0 }));
    return status === 200;
  });
  expect((await owner.ask("access")).body).toMatchObject({ owner: "set", signedIn: true });
  const stranger = await Visitor.at(home.client2, home.tail);
  expect(
    (await Promise.all([owner, stranger].map((visitor) => visitor.ask("nat/sessions")))).map(
      ({ status }) => status,
    ),
  ).toEqual([200, 401]);
});

test("a forgotten password is reset on the console; sessions end and the next one is chosen", async () => {
  const owner = await Visitor.at(home.client1, home.tail);
  await owner.signIn();
  const { stdout } = await router().run(["stat", "-c", "%a %U", `${STATE}/owner.json`]);
  expect(stdout.trim()).toBe("600 root");
  const reset = await router().run(["chroot", ROOT, "/mnt/gatehouse", "owner", "reset"]);
  expect(reset.stdout).toContain("password is forgotten");
  expect((await owner.ask("access")).body).toMatchObject({ owner: "none", signedIn: false, mayWatch: false });
  expect(await owner.signIn()).toMatchObject({ status: 200, body: { owner: "set", signedIn: true } });
});

test("where nobody can log in, the same is typed on the router's screen", async () => {
  const owner = await Visitor.at(home.client1, home.tail);
  await owner.signIn();
  const typed = `exec chroot ${ROOT} /mnt/gatehouse console < <(echo "owner reset")`;
  const screen = router().start(["bash", "-c", typed], "console");
  await screen.line(/Choose a new one on the web page now/, patience);
  await screen.stop();
  expect((await owner.ask("access")).body).toMatchObject({ owner: "none", signedIn: false });
});
