import { expect, test } from "bun:test";
import { Assembler, FRAME, R0, R1, R2, R3, R6, R9 } from "./assembler.ts";

/** As in RFC 9669: code, registers, offset, constant; the words behind are what the instruction says. */
const INSTRUCTIONS: [what: string, bytes: string, write: (asm: Assembler) => unknown][] = [
  ["r6 = r1", "bf16000000000000", (asm) => asm.alu(R6, "=", R1)],
  ["r0 = -1", "b7000000ffffffff", (asm) => asm.alu(R0, "=", -1)],
  ["r2 += 14", "070200000e000000", (asm) => asm.alu(R2, "+=", 14)],
  ["r2 -= r1", "1f12000000000000", (asm) => asm.alu(R2, "-=", R1)],
  ["r1 |= r2", "4f21000000000000", (asm) => asm.alu(R1, "|=", R2)],
  ["r1 &= 65535", "57010000ffff0000", (asm) => asm.alu(R1, "&=", 0xffff)],
  ["r1 ^= 65535", "a7010000ffff0000", (asm) => asm.alu(R1, "^=", 0xffff)],
  ["r3 <<= 48", "6703000030000000", (asm) => asm.alu(R3, "<<=", 48)],
  ["r3 >>= 16", "7703000010000000", (asm) => asm.alu(R3, ">>=", 16)],
  ["w2 = 0xc6336401", "b4020000016433c6", (asm) => asm.constant(R2, 0xc6336401)],
  ["r3 = be16 r3", "dc03000010000000", (asm) => asm.swap16(R3)],
  ["r2 = *(u8 *)(r6 + 14)", "71620e0000000000", (asm) => asm.load(8, R2, R6, 14)],
  ["r2 = *(u16 *)(r6 + 16)", "6962100000000000", (asm) => asm.load(16, R2, R6, 16)],
  ["r2 = *(u32 *)(r6 + 76)", "61624c0000000000", (asm) => asm.load(32, R2, R6, 76)],
  ["r1 = *(u64 *)(r10 - 8)", "79a1f8ff00000000", (asm) => asm.load(64, R1, FRAME, -8)],
  ["*(u16 *)(r10 - 12) = r9", "6b9af4ff00000000", (asm) => asm.store(16, FRAME, -12, R9)],
  ["*(u32 *)(r10 - 16) = 1", "620af0ff01000000", (asm) => asm.store(32, FRAME, -16, 1)],
  ["*(u64 *)(r10 - 80) = 0", "7a0ab0ff00000000", (asm) => asm.store(64, FRAME, -80, 0)],
  ["r1 = map bound", "18110000070000000000000000000000", (asm) => asm.map(R1, "bound", 7)],
  ["call bpf_redirect_neigh", "8500000098000000", (asm) => asm.call("redirect_neigh")],
  ["exit", "9500000000000000", (asm) => asm.exit()],
];

test("instructions are encoded as the instruction set says", () => {
  const encoded = INSTRUCTIONS.map(([, , write]) => {
    const asm = new Assembler();
    write(asm);
    const { code, listing } = asm.finish();
    return [listing.trim(), code.toHex()];
  });
  expect(encoded).toEqual(INSTRUCTIONS.map(([what, bytes]) => [what, bytes]));
});

test("a jump's distance is counted from behind it, and a map's address takes the room of two", () => {
  const { code, listing } = new Assembler()
    .when(R2, ">", R1, "end")
    .whenWord(R2, "!=", 8, "end")
    .whenZero(R0, "end")
    .map(R1, "bound", 7)
    .goto("end")
    .exit()
    .label("end")
    .exit()
    .finish();
  const bytes = [
    "2d12060000000000",
    "5602050008000000",
    "1500040000000000",
    "18110000070000000000000000000000",
    "0500010000000000",
    "9500000000000000",
    "9500000000000000",
  ];
  expect([code.toHex(), listing]).toEqual([
    bytes.join(""),
    "  if r2 > r1 goto end\n  if w2 != 8 goto end\n  if r0 == 0 goto end\n  r1 = map bound\n  goto end\n  exit\nend:\n  exit\n",
  ]);
});

test("jumps to nowhere, backwards and too far are refused", () => {
  const far = new Assembler().goto("end");
  for (let i = 0; i <= 0x7fff; i++) far.exit();
  const refused = [
    new Assembler().goto("nowhere"),
    new Assembler().label("behind").goto("behind"),
    far.label("end").exit(),
  ];
  for (const asm of refused) expect(() => asm.finish()).toThrow(RangeError);
});
