import { type Static, Type } from "@sinclair/typebox";
import { Nullable, OneOf, Shape } from "./shape.ts";

const Text = (description: string) => Type.String({ description });
const Flag = (description: string) => Type.Boolean({ description });

export const HomeNetwork = Shape(
  {
    name: Text("What it is called"),
    bridge: Text("The interface that joins its ports and radios"),
    address: Text("The router's own address with the network's length"),
    firstLease: Text("First address handed out"),
    lastLease: Text("Last address handed out"),
    ports: Type.Array(Type.String(), { description: "Its ports that are there" }),
    vlan: Nullable(Type.Integer({ description: "The VLAN by which it shares ports with others" })),
    tagged: Type.Array(Type.String(), { description: "Ports that carry it with its VLAN's tag" }),
    internet: Flag("Its devices may reach the Internet"),
    router: Flag("Its devices may open the router's page"),
    isolated: Flag("Its devices are kept from each other"),
    devices: Type.Integer({ minimum: 0, description: "Devices in it now" }),
  },
  "A network of the home",
);

export const Reach = Shape(
  {
    from: Text("The network whose devices ask"),
    to: Text('A network of the home, "internet", or "router" for the router\'s page'),
    verdict: OneOf(["all", "some", "none"], "How much of it they reach"),
    sentences: Type.Array(Type.String(), { description: "The same in words" }),
  },
  "Who may reach whom",
);

export const HomeNetworks = Shape(
  { networks: Type.Array(HomeNetwork), reach: Type.Array(Reach) },
  "The networks of the home, and who may reach whom",
);

export const Woken = Shape(
  { networks: Type.Array(Type.String(), { description: "Where the magic packet was sent" }) },
  "A device was called",
);

export type HomeNetworks = Static<typeof HomeNetworks>;
