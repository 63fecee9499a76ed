/** Ethernet II framing (IEEE 802.3). Offsets are from the first byte of the destination address. */
export const ETHERNET_HEADER = 14;

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_IPV6 = 0x86dd;
/** A tag of IEEE 802.1Q, and one of 802.1ad around it: the EtherType's place, then what is tagged (TCI), then the next EtherType. */
export const ETHERTYPE_VLAN = 0x8100;
export const ETHERTYPE_VLAN_OUTER = 0x88a8;
export const VLAN_TAG = 4;

export const DESTINATION = 0;
export const SOURCE = 6;

/** The EtherType; the caller has checked that the header is there. */
export function etherType(view: DataView, frame: number): number {
  return view.getUint16(frame + 12);
}

/** Whether the address at `offset` names a group (multicast or broadcast): the I/G bit. */
export function isGroupAddress(view: DataView, offset: number): boolean {
  return (view.getUint8(offset) & 1) !== 0;
}
