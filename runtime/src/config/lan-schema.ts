import { Type } from "@sinclair/typebox";
import { Auto, Host, Interface, IPV4, Label, MacAddress, object, oneOf, ShortName, Vlan } from "./fields.ts";

const Reservation = Type.Object(
  {
    mac: MacAddress("The device's hardware address."),
    address: { ...Host, description: "The address it always gets." } as typeof Host,
    name: Type.Optional(
      Label({ description: "The name it is known by, in place of the one it gives itself." }),
    ),
  },
  { additionalProperties: false, expects: "a reservation with mac and address" },
);

const PoolBound = (which: string) =>
  oneOf([Auto, ...Host.anyOf], {
    default: "auto",
    description: `The ${which} address handed out; auto: chosen to fit the network.`,
    expects: `auto, ${Host.expects as string}`,
  });

const Dhcp = object(
  {
    first: PoolBound("first"),
    last: PoolBound("last"),
    leaseTime: Type.Integer({
      minimum: 120,
      maximum: 2_592_000,
      default: 43_200,
      description: "How long a device may keep its address without asking again, in seconds.",
      expects: "a whole number of seconds from 120 (2 minutes) to 2592000 (30 days)",
    }),
    reservations: Type.Array(Reservation, {
      default: [],
      maxItems: 1024,
      description: "Devices that always get the same address.",
      expects: "a list of at most 1024 reservations",
    }),
  },
  "Addresses handed out to the network's devices.",
);

const yesOrNo = (usual: boolean, description: string) =>
  Type.Boolean({ default: usual, description, expects: "true or false" });

/** One network of the home: its bridge is "br-" and its name. */
export const Lan = Type.Object(
  {
    name: ShortName({ default: "home", description: "What this network is called." }),
    address: oneOf([Auto, Type.String({ pattern: `^${IPV4}/([89]|[12][0-9]|30)$` })], {
      default: "auto",
      description:
        "The router's own address in this network with the network's length; auto: one that nothing else uses.",
      expects: "auto, or an address with a prefix length from 8 to 30 such as 192.168.77.1/24",
    }),
    ports: oneOf([Auto, Type.Array(Interface, { uniqueItems: true, maxItems: 64 })], {
      default: "auto",
      description: "The Ethernet ports of this network; auto: every port that nothing else names.",
      expects: "auto, or a list of different interface names",
    }),
    vlan: {
      ...Vlan,
      description: "The VLAN by which this network shares the ports of `tagged` with others; null: none.",
    } as typeof Vlan,
    tagged: Type.Array(Interface, {
      default: [],
      uniqueItems: true,
      maxItems: 10,
      description: "The ports that carry this network with its VLAN's tag.",
      expects: "a list of at most 10 different interface names",
    }),
    dhcp: Dhcp,
    internet: yesOrNo(true, "Whether its devices may reach the Internet."),
    router: yesOrNo(
      true,
      "Whether its devices may open the router's page; names and addresses they get all the same.",
    ),
    isolated: yesOrNo(false, "Whether its devices are kept from each other."),
  },
  { additionalProperties: false, default: {}, expects: "a network" },
);
