import { BorderCapture } from "../netns/border-capture.ts";
import { launchIn } from "../netns/program.ts";
import type { House, Street } from "./street.ts";

/** What passes between the provider and the houses, from `open` to `close`: nothing of the homes may be among it. */
export class Border {
  private constructor(private readonly captures: readonly { house: House; capture: BorderCapture }[]) {}

  /** What is sent after this is seen. */
  static async open({ houses, provider }: Street): Promise<Border> {
    const open = (house: House) => BorderCapture.open(launchIn(provider), house.access);
    return new Border(
      await Promise.all(houses.map(async (house) => ({ house, capture: await open(house) }))),
    );
  }

  /**
   * Ends the capture: how many frames named private addresses, by kind, for each house. Throws when the capture has lost
   * frames.
   */
  async close(): Promise<Record<string, number>[]> {
    const found = this.captures.map(async ({ house, capture }) => {
      const last = "gatehouse: last.";
      const pattern = Buffer.from(last).toString("hex");
      house.router.command(["ping", "-c1", "-W5", "-p", pattern, house.gateway]);
      const crossed = await capture.finish(last);
      if (crossed.lost !== 0) throw new Error(`${house.access}: tcpdump lost ${crossed.lost} frames`);
      return crossed.private;
    });
    return Promise.all(found);
  }
}
