import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { UdpPeer } from "../peers.ts";
import { CLIENT1, OTHER_SERVER, SERVER, WAN_ADDRESS } from "../topology.ts";
import { ECHO_PORT, NatHome, PATHS, type Policy } from "./nat-home.ts";

type FilteringName = NonNullable<Policy["filtering"]>["default"];

const filtered = (filtering: FilteringName): Policy => ({
  filtering: { default: "open", hosts: [{ address: CLIENT1, filtering }] },
});

describe.each(PATHS)("filtering, %s path", (path) => {
  let home: NatHome;
  /** The address that client1 talks to, at another port. */
  let sameAddress: UdpPeer;
  /** An address that it has never talked to. */
  let stranger: UdpPeer;
  let port = 5000;

  beforeAll(async () => {
    home = await NatHome.open(path);
    sameAddress = await UdpPeer.open(home.net.provider, 9, SERVER);
    stranger = await UdpPeer.open(home.net.provider, 9, OTHER_SERVER);
  });

  beforeEach(() => {
    port++;
  });

  afterAll(async () => {
    sameAddress.close();
    stranger.close();
    await home.close();
  });

  /** A socket of client1 that has talked to the echo server. */
  async function talking(): Promise<UdpPeer> {
    const client = await UdpPeer.open(home.net.client1, port);
    expect((await client.ask("?", SERVER, ECHO_PORT))?.text).toBe(`${WAN_ADDRESS}:${port}`);
    return client;
  }

  /** Who gets through to the socket, of a stranger, another port of the address it talks to, and the echo server. */
  async function heard(client: UdpPeer): Promise<string[]> {
    stranger.send("stranger", WAN_ADDRESS, port);
    sameAddress.send("same address", WAN_ADDRESS, port);
    // Its answer comes last, on the same wire.
    client.send("!", SERVER, ECHO_PORT);
    const texts: string[] = [];
    while (texts.at(-1) !== "echo") {
      const datagram = await client.receive();
      if (datagram === undefined) throw new Error("the echo server does not get through");
      texts.push(datagram.from === `${SERVER}:${ECHO_PORT}` ? "echo" : datagram.text);
    }
    return texts;
  }

  const HEARD: Record<FilteringName, string[]> = {
    open: ["stranger", "same address", "echo"],
    address: ["same address", "echo"],
    "address-and-port": ["echo"],
  };

  test.each(["open", "address", "address-and-port"] as const)("%s", async (filtering) => {
    await home.configure(filtered(filtering));
    const client = await talking();
    expect(await heard(client)).toEqual(HEARD[filtering]);
    const [binding] = (await home.dataplane.list("bindings", { host: CLIENT1, transport: "udp" })).filter(
      ({ internalPort }) => internalPort === port,
    );
    expect(binding).toMatchObject({ externalPort: port, filtering });
    client.close();
  });

  test("a change holds at once for the bindings that there are, which keep their ports", async () => {
    await home.configure(filtered("open"));
    const client = await talking();
    for (const filtering of ["address", "address-and-port", "open", "address-and-port", "address"] as const) {
      await home.configure(filtered(filtering));
      client.send("?", SERVER, ECHO_PORT);
      await client.receive();
      expect([filtering, await heard(client)]).toEqual([filtering, HEARD[filtering]]);
    }
    client.close();
  });

  test("holds while there is no engine, and after it", async () => {
    await home.configure(filtered("address"));
    const client = await talking();
    await home.dataplane.kill();
    expect(await heard(client)).toEqual(HEARD.address);
    await home.restart();
    expect(await heard(client)).toEqual(HEARD.address);
    client.close();
  });

  test("holds within the home", async () => {
    await home.configure(filtered("address-and-port"));
    const client = await talking();
    const other = await UdpPeer.open(home.net.client2, port);
    const external = (await other.ask("?", SERVER, ECHO_PORT))?.text.split(":")[1];
    other.send("unasked", WAN_ADDRESS, port);
    expect(await heard(client)).toEqual(["echo"]);
    client.send("ask", WAN_ADDRESS, Number(external));
    expect(await other.receive()).toEqual({ text: "ask", from: `${WAN_ADDRESS}:${port}` });
    other.send("asked", WAN_ADDRESS, port);
    expect(await client.receive()).toEqual({ text: "asked", from: `${WAN_ADDRESS}:${external}` });
    client.close();
    other.close();
  });

  test("a filtered host that scans leaves the others room for whom they permit, and its flows go on", async () => {
    await home.configure(filtered("address-and-port"));
    const client = await talking();
    // Errors would end the client's socket.
    const silence = "type filter hook input priority 0; udp dport 20000-29999 drop";
    home.net.provider.command(["nft", `table ip silence { chain input { ${silence}; }; }`]);
    const permitted = () => {
      const set = "permitted_endpoints";
      const listed = home.net.router.command(["nft", "-j", `list set ip gatehouse_nat ${set}`]);
      const { nftables } = JSON.parse(listed) as { nftables: { set?: { elem?: unknown[] } }[] };
      return nftables.flatMap((entry) => entry.set?.elem ?? []).length;
    };
    const began = performance.now();
    const before = permitted();
    for (let remotePort = 20_000; remotePort < 30_000; remotePort++) client.send("?", SERVER, remotePort);
    expect(await heard(client)).toEqual(["echo"]);
    const seconds = (performance.now() - began) / 1000;
    const noted = permitted() - before;
    expect([noted > 2000, noted < 4001 + 100 * seconds]).toEqual([true, true]);
    client.close();
  });

  test("a remote is forgotten with the flow's timer", async () => {
    await home.configure({ ...filtered("address"), timers: { udp: 1 } });
    const client = await talking();
    const keptAlive = setInterval(() => client.send("still here", SERVER, 1), 100);
    client.send("hello", OTHER_SERVER, 9);
    expect((await stranger.receive())?.text).toBe("hello");
    let lastHeard = 0;
    const began = performance.now();
    // Until nothing has come for as long as the timer: the binding is kept by what goes elsewhere.
    while (performance.now() - Math.max(lastHeard, began) < 1000) {
      stranger.send("knock", WAN_ADDRESS, port);
      if ((await client.receive(50)) !== undefined) lastHeard = performance.now();
    }
    clearInterval(keptAlive);
    const [since, bindings] = [
      lastHeard - began,
      await home.dataplane.list("bindings", { host: CLIENT1, transport: "udp" }),
    ];
    expect([lastHeard > 0, since < 2500, bindings.some((row) => row.externalPort === port)]).toEqual([
      true,
      true,
      true,
    ]);
    client.close();
  }, 15_000);
});
