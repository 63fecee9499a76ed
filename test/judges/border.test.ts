/** The judge of the judges: what is not translated is in the capture. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { Border } from "./border.ts";
import { CLIENT1, SERVER, Street } from "./street.ts";

setDefaultTimeout(60_000);

test("without a NAT the border sees the home's addresses, quoted ones as well", async () => {
  const street = await Street.open();
  const [house] = street.houses;
  const border = await Border.open(street);
  house.router.command(["nft", "delete table ip gatehouse_nat"]);
  // A port of the server where nobody listens; what it answers quotes the sender, and has a way to it for once.
  street.provider.ip(`route add ${CLIENT1} via ${house.address}`);
  house.client1.command(["bash", "-c", `echo "gone?" >/dev/udp/${SERVER}/9`]);
  const found = await border.close();
  expect(found).toEqual([
    { "source, protocol 17": 1, "destination, protocol 1": 1, "quoted by an ICMP error": 1 },
    {},
  ]);
  await street.close();
});
