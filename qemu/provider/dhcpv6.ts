import { parseAddress } from "../../runtime/src/addr/ipv6.ts";

/** DHCPv6 as far as a provider needs it to delegate prefixes (RFC 8415): messages in, answers out, no state but what it gives. */

export const Message = {
  solicit: 1,
  advertise: 2,
  request: 3,
  confirm: 4,
  renew: 5,
  rebind: 6,
  reply: 7,
  release: 8,
  informationRequest: 11,
} as const;

const OptionCode = {
  clientId: 1,
  serverId: 2,
  iaNa: 3,
  status: 13,
  rapidCommit: 14,
  iaPd: 25,
  iaPrefix: 26,
} as const;

const NO_ADDRESSES = 2;

export interface Delegation {
  /** Such as "2001:db8:a:100::". */
  prefix: string;
  length: number;
  /** Seconds. */
  preferred: number;
  valid: number;
  /** After so many seconds the client is to ask again. */
  renew: number;
}

interface Option {
  code: number;
  data: Uint8Array;
}

/** DUID-LL (RFC 8415, 11.4) of a documentation address. */
const SERVER_ID = Uint8Array.of(0, 3, 0, 1, 0, 0, 0x5e, 0, 0x53, 1);

/** The answer to a client's message; undefined for what is none, or for another server. */
export function answer(message: Uint8Array, delegation: Delegation): Uint8Array | undefined {
  const [type, ...transaction] = message.subarray(0, 4);
  const options = optionsOf(message.subarray(4));
  const find = (code: number) => options.find((option) => option.code === code);
  const clientId = find(OptionCode.clientId);
  const asked = find(OptionCode.serverId)?.data;
  if (clientId === undefined || (asked !== undefined && !Bun.deepEquals(asked, SERVER_ID))) return undefined;
  const rapid = type === Message.solicit ? find(OptionCode.rapidCommit) : undefined;
  const kind = type === Message.solicit && rapid === undefined ? Message.advertise : Message.reply;
  const associations =
    type === Message.release
      ? []
      : options.flatMap((option) => {
          if (option.code === OptionCode.iaPd) return [iaPd(option.data, delegation)];
          return option.code === OptionCode.iaNa ? [withoutAddress(option.data)] : [];
        });
  const answers = [
    clientId,
    { code: OptionCode.serverId, data: SERVER_ID },
    ...(rapid === undefined ? [] : [rapid]),
    ...associations,
  ];
  return Uint8Array.of(kind, ...transaction, ...answers.flatMap((option) => [...emit(option)]));
}

/** The client's DUID, in hexadecimal. */
export function clientOf(message: Uint8Array): string | undefined {
  return optionsOf(message.subarray(4))
    .find(({ code }) => code === OptionCode.clientId)
    ?.data.toHex();
}

/** The prefix, and the end of each other one that the client thinks it has (RFC 8415, 18.3.4). */
function iaPd(data: Uint8Array, { renew, ...now }: Delegation): Option {
  const prefix = octets(now.prefix);
  const former = optionsOf(data.subarray(12))
    .filter(({ code }) => code === OptionCode.iaPrefix)
    .map((option) => ({ length: option.data[8]!, prefix: option.data.subarray(9, 25) }))
    .filter((other) => !Bun.deepEquals(other.prefix, prefix) && other.prefix.some((octet) => octet !== 0));
  const prefixes = [
    iaPrefix({ ...now, prefix }),
    ...former.map((other) => iaPrefix({ ...other, preferred: 0, valid: 0 })),
  ];
  const head = [...data.subarray(0, 4), ...seconds(renew), ...seconds(Math.ceil(renew * 1.6))];
  return {
    code: OptionCode.iaPd,
    data: Uint8Array.of(...head, ...prefixes.flatMap((one) => [...emit(one)])),
  };
}

function iaPrefix(one: { prefix: Uint8Array; length: number; preferred: number; valid: number }): Option {
  const data = Uint8Array.of(...seconds(one.preferred), ...seconds(one.valid), one.length, ...one.prefix);
  return { code: OptionCode.iaPrefix, data };
}

/** The router's own address is of the access network's advertisements. */
function withoutAddress(data: Uint8Array): Option {
  const status = emit({ code: OptionCode.status, data: Uint8Array.of(0, NO_ADDRESSES) });
  return {
    code: OptionCode.iaNa,
    data: Uint8Array.of(...data.subarray(0, 4), ...new Uint8Array(8), ...status),
  };
}

function optionsOf(bytes: Uint8Array): Option[] {
  const options: Option[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 <= bytes.length; at += 4 + view.getUint16(at + 2)) {
    const start = at + 4;
    options.push({ code: view.getUint16(at), data: bytes.slice(start, start + view.getUint16(at + 2)) });
  }
  return options;
}

function emit({ code, data }: Option): Uint8Array {
  return Uint8Array.of(code >> 8, code & 255, data.length >> 8, data.length & 255, ...data);
}

function seconds(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function octets(address: string): Uint8Array {
  const words = parseAddress(address);
  if (words === undefined) throw new RangeError(`${address} is no address`);
  return Uint8Array.from([...words].flatMap(seconds));
}
