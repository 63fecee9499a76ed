import { Client } from "./client/client.ts";
import { Namespaces } from "./namespaces.ts";
import { address, type Provider, start } from "./provider/provider.ts";
import type { Router } from "./router.ts";
import { topology } from "./topology.ts";

/** Called when a step of bringing the home up has ended: what was done and how long it took, in milliseconds. */
export type Progress = (step: string, duration: number) => void;

/** A provider, a router and two clients, cabled together as the topology says. */
export class Home {
  private constructor(
    readonly namespaces: Namespaces,
    readonly router: Router,
    readonly provider: Provider,
    readonly clients: readonly Client[],
  ) {}

  /** Makes it, with every machine's power still off but the provider's. */
  static async build(make: (namespaces: Namespaces) => Router, progress: Progress = () => {}): Promise<Home> {
    const step = timed(progress);
    const namespaces = await step("namespaces", () => Namespaces.open());
    try {
      for (const name of [topology.provider.name, ...topology.clients.map(({ name }) => name)]) {
        await namespaces.host(name);
      }
      const router = make(namespaces);
      await step(`router (${router.kind})`, () => router.install());
      const provider = await step("provider: DHCP, DNS, web, STUN, iperf3", async () => {
        const place = namespaces.get(topology.provider.name);
        await address(place);
        return start(place);
      });
      const clients = topology.clients.map((station) => new Client(station, namespaces.get(station.name)));
      return new Home(namespaces, router, provider, clients);
    } catch (error) {
      await namespaces.close();
      throw error;
    }
  }

  get client1(): Client {
    return this.clients[0]!;
  }

  get client2(): Client {
    return this.clients[1]!;
  }

  /** What the router and the provider said last: the explanation of a failure. */
  readonly tail = (): string => [this.provider.tail(), this.router.tail()].join("\n");

  async close(): Promise<void> {
    await this.router.stop();
    await this.namespaces.close();
  }
}

/** Runs a step and reports its time. */
function timed(progress: Progress): <T>(step: string, action: () => Promise<T>) => Promise<T> {
  return async (step, action) => {
    const begin = performance.now();
    const result = await action();
    progress(step, performance.now() - begin);
    return result;
  };
}
