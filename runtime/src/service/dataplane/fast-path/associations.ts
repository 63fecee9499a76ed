import { dumpElements } from "../../../linux/nftables/elements.ts";
import type { AssociationVisitor } from "../../../nat/fast-path.ts";
import { Bytes, type Kind, natMap, type OnElement, viewOf } from "./kind.ts";

type Association = Parameters<AssociationVisitor>;

const OUT = natMap("associations_out");
const IN = natMap("associations_in");

// protocol . internal address . remote address, and protocol . remote address
const outward = new Bytes(12);
const inward = new Bytes(8);
const internalAddress = new Bytes(4);

export const associations: Kind<Association> = {
  elements: visitElements,
  possible: visitElements,

  dump(socket, visit) {
    dumpElements(socket, IN, (key, data) => {
      visit(viewOf(key).getUint8(0), viewOf(data).getUint32(0), viewOf(key).getUint32(4));
    });
  },
};

function visitElements([protocol, address, remote]: Association, visit: OnElement): void {
  visit(OUT, outward.u8(0, protocol).u32(4, address).u32(8, remote).bytes);
  visit(IN, inward.u8(0, protocol).u32(4, remote).bytes, internalAddress.u32(0, address).bytes);
}
