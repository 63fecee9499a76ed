import { type Static, type TObject, Type } from "@sinclair/typebox";
import { Milliseconds, OneOf, Shape } from "./shape.ts";

const Text = (description: string) => Type.String({ description });
const MaybeText = (description: string) => Type.Union([Type.String(), Type.Null()], { description });
const MaybeShape = <S extends TObject>(schema: S) =>
  Type.Union([schema, Type.Null()], { description: schema.description ?? "" });

const Way = Shape(
  {
    name: Text("What it is called"),
    mode: OneOf(["dhcp", "static", "pppoe"], "How the router gets its address"),
    port: Text("Its Ethernet port"),
    state: OneOf(["online", "no-port", "no-cable", "no-address"], "online: with an address and a route"),
    interface: MaybeText("What has the address: the port, a VLAN on it, or the link that signed in"),
    mac: MaybeText("The hardware address the provider sees; null where the link has none"),
    address: MaybeText("The Internet address with its network's length"),
    gateway: MaybeText("The provider's router; null on links that have one neighbour only"),
    dns: Type.Array(Type.String(), { description: "The provider's name servers" }),
    isUsed: Type.Boolean({ description: "The home's traffic goes by it now" }),
    fault: MaybeText("What is wrong with it, in words"),
  },
  "A way to the Internet",
);

const PortProbe = Shape(
  {
    port: Text("The Ethernet port"),
    carrier: Type.Boolean({ description: "A cable with somebody at its other end is in it" }),
    use: OneOf(["internet", "home", "nothing"], "What it is used for now"),
    dhcp: MaybeShape(
      Shape(
        { server: Text("Its address"), address: Text("What it offered") },
        "A DHCP server that is not the router's own; null: none answered",
      ),
    ),
    pppoe: MaybeShape(
      Shape(
        { concentrator: Text("The name it gave itself; may be empty") },
        "A provider to sign in with; null: none answered",
      ),
    ),
  },
  "What was found on a port",
);

export const Probed = Shape(
  {
    at: Milliseconds("When it was found"),
    ports: Type.Array(PortProbe),
    suggestion: MaybeShape(
      Shape(
        { port: Text("The Ethernet port"), mode: OneOf(["dhcp", "pppoe"], "How the provider is reached") },
        "The port that leads to a provider, as far as can be told; null: none answered",
      ),
    ),
  },
  "Who offers the Internet on which port",
);
export type Probed = Static<typeof Probed>;

export const Ways = Type.Array(Way, { description: "The preferred one first" });
export type Ways = Static<typeof Ways>;

export const LastProbe = Shape({ probed: MaybeShape(Probed) }, "null: nobody has asked yet");
