/** Where things are that the programs read and write: in bytes, from the beginning of each. */

// struct __sk_buff
export const SKB = { length: 0, packetType: 4, protocol: 16, vlan: 20, data: 76, end: 80, segmentSize: 176 };

// A frame: Ethernet, an IP header without options, then TCP or UDP.
export const IP = 14;
export const TYPE_OF_SERVICE = IP + 1;
export const TOTAL_LENGTH = IP + 2;
export const FRAGMENT = IP + 6;
export const TIME_TO_LIVE = IP + 8;
export const PROTOCOL = IP + 9;
export const IP_CHECKSUM = IP + 10;
export const SOURCE = IP + 12;
export const DESTINATION = IP + 16;
export const SOURCE_PORT = IP + 20;
export const DESTINATION_PORT = IP + 22;
export const UDP_CHECKSUM = IP + 26;
export const TCP_DATA_OFFSET = IP + 32;
export const TCP_FLAGS = IP + 33;
export const TCP_CHECKSUM = IP + 36;
export const UDP_FRAME = IP + 28;
export const TCP_FRAME = IP + 40;
/** What Ethernet's smallest frame holds; shorter packets have padding behind them. */
export const SMALLEST_PAYLOAD = 46;

// A value of `carried`: what a program writes there is not slowed down as it is on the stack, where the verifier puts a barrier
// behind each first store of a process that may not see all of the kernel (CAP_PERFMON).
export const COUNT = 0;
/** The internal endpoint: address, port, and for a lookup the transport. */
export const ENDPOINT = 8;
export const TRANSPORT = ENDPOINT + 6;
/** An index of `bound`. */
export const INDEX = 16;
/** The port that is translated, as it was and as it will be. */
export const FORMER_PORT = 20;
export const NEW_PORT = 22;
/** struct bpf_fib_lookup, 64 bytes. */
export const ROUTE = 24;
export const ROUTE_SIZE = 64;
export const ROUTE_FAMILY = ROUTE;
export const ROUTE_PROTOCOL = ROUTE + 1;
export const ROUTE_SOURCE_PORT = ROUTE + 2;
export const ROUTE_DESTINATION_PORT = ROUTE + 4;
export const ROUTE_LENGTH = ROUTE + 6;
export const ROUTE_INTERFACE = ROUTE + 8;
export const ROUTE_TYPE_OF_SERVICE = ROUTE + 12;
export const ROUTE_SOURCE = ROUTE + 16;
export const ROUTE_DESTINATION = ROUTE + 32;
/** struct bpf_redir_neigh, of which only the first eight bytes are ever written. */
export const NEXT_HOP = 88;
export const NEXT_HOP_SIZE = 20;
