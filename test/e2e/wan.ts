import type { Home } from "@gatehouse/qemu/home.ts";
import { link } from "@gatehouse/qemu/topology.ts";

/** The address the provider has leased to the router's WAN port. */
export async function wanAddress(home: Home): Promise<string> {
  const address = await home.provider.leased(link("wan").port);
  if (address === undefined) throw new Error("the provider has leased no address to the router");
  return address;
}
