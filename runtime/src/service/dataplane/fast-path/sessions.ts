import { dumpElements } from "../../../linux/nftables/elements.ts";
import type { SessionVisitor } from "../../../nat/fast-path.ts";
import { protocolOf, transportOf } from "../../../nat/transport.ts";
import { Bytes, type Kind, natMap, type OnElement, viewOf } from "./kind.ts";

type Session = Parameters<SessionVisitor>;

const OUT = natMap("sessions_out");
const IN_ADDRESS = natMap("sessions_in_addr");
const IN_PORT = natMap("sessions_in_port");

// protocol . internal address . port . remote address . port, and protocol . external port . remote address . port
const outward = new Bytes(20);
const inward = new Bytes(16);
const internalAddress = new Bytes(4);
const internalPort = new Bytes(2);
const externalPort = new Bytes(2);

export const sessions: Kind<Session> = {
  elements: visitElements,
  possible: visitElements,

  dump(socket, visit) {
    dumpElements(socket, OUT, (key, data) => {
      const view = viewOf(key);
      const transport = transportOf(view.getUint8(0));
      if (transport === -1) return;
      const external = viewOf(data).getUint16(0);
      visit(
        transport,
        view.getUint32(4),
        view.getUint16(8),
        external,
        view.getUint32(12),
        view.getUint16(16),
      );
    });
  },
};

function visitElements(
  [transport, address, port, external, remote, remotePort]: Session,
  visit: OnElement,
): void {
  const protocol = protocolOf(transport);
  outward.u8(0, protocol).u32(4, address).u16(8, port).u32(12, remote).u16(16, remotePort);
  inward.u8(0, protocol).u16(4, external).u32(8, remote).u16(12, remotePort);
  visit(OUT, outward.bytes, externalPort.u16(0, external).bytes);
  visit(IN_ADDRESS, inward.bytes, internalAddress.u32(0, address).bytes);
  visit(IN_PORT, inward.bytes, internalPort.u16(0, port).bytes);
}
