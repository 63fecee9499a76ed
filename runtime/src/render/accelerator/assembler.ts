/** A register of the BPF machine. */
export interface Register {
  readonly number: number;
}

const register = (number: number): Register => ({ number });

/** Takes results. */
export const R0 = register(0);
// Arguments of calls, which leave nothing in them.
export const R1 = register(1);
export const R2 = register(2);
export const R3 = register(3);
export const R4 = register(4);
export const R5 = register(5);
// Calls leave these as they are.
export const R6 = register(6);
export const R7 = register(7);
export const R8 = register(8);
export const R9 = register(9);
/** The end of the stack's 512 bytes. */
export const FRAME = register(10);

/** Bits that a memory access is wide. */
export type Width = 8 | 16 | 32 | 64;

// Instruction classes, modes and operations of the kernel's instruction-set document (RFC 9669).
const [LDX, ST, STX, ALU, JMP, JMP32, ALU64] = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07];
const LD_IMM64 = 0x18;
const MODE_MEM = 0x60;
const SOURCE_REGISTER = 0x08;
const TO_BIG_ENDIAN = 0xdc;
const CALL = 0x85;
const EXIT = 0x95;
/** Says of a 64-bit constant that it is a map's descriptor. */
const PSEUDO_MAP_FD = 1;
const WIDTHS = { 8: 0x10, 16: 0x08, 32: 0x00, 64: 0x18 } as const;
const ARITHMETIC = {
  "+=": 0x00,
  "-=": 0x10,
  "|=": 0x40,
  "&=": 0x50,
  "<<=": 0x60,
  ">>=": 0x70,
  "^=": 0xa0,
  "=": 0xb0,
} as const;
const CONDITIONS = { "==": 0x10, ">": 0x20, ">=": 0x30, "!=": 0x50, "<": 0xa0, "<=": 0xb0 } as const;

/** The helpers that are called, by their number in linux/bpf.h. */
const HELPERS = {
  map_lookup_elem: 1,
  ktime_get_ns: 5,
  l4_csum_replace: 11,
  skb_pull_data: 39,
  fib_lookup: 69,
  redirect_neigh: 152,
} as const;

const INSTRUCTION = 8;

interface Line {
  text: string;
  bytes: Uint8Array;
  /** The label that it jumps to. */
  target?: string;
}

/** An executable form and a readable one of the same instructions. */
export interface Program {
  /** struct bpf_insn[], little-endian. */
  readonly code: Uint8Array;
  /** In the syntax of the kernel's verifier, a line for each instruction and each label. */
  readonly listing: string;
}

/** Puts a BPF program together, instruction by instruction. Jumps go forward to labels that are set later. */
export class Assembler {
  readonly #lines: Line[] = [];
  /** Index of the instruction that stands at a label, in slots of eight bytes. */
  readonly #labels = new Map<string, number>();
  readonly #text: string[] = [];
  #slots = 0;

  /** 64-bit arithmetic, unsigned; a constant is sign-extended from 32 bits. */
  alu(to: Register, operation: keyof typeof ARITHMETIC, value: Register | number): this {
    const text = `r${to.number} ${operation} ${spell(value)}`;
    const code = ALU64 | ARITHMETIC[operation];
    return typeof value === "number"
      ? this.#emit(text, instruction(code, to.number, 0, 0, value))
      : this.#emit(text, instruction(code | SOURCE_REGISTER, to.number, value.number, 0, 0));
  }

  /** Loads an unsigned 32-bit constant. */
  constant(to: Register, value: number): this {
    const text = `w${to.number} = ${spell(value)}`;
    return this.#emit(text, instruction(ALU | ARITHMETIC["="], to.number, 0, 0, value));
  }

  /** Turns the lower 16 bits around between network and this machine's byte order, and clears the others. */
  swap16(to: Register): this {
    return this.#emit(`r${to.number} = be16 r${to.number}`, instruction(TO_BIG_ENDIAN, to.number, 0, 0, 16));
  }

  load(width: Width, to: Register, from: Register, offset: number): this {
    const text = `r${to.number} = ${cell(width, from, offset)}`;
    return this.#emit(text, instruction(LDX | MODE_MEM | WIDTHS[width], to.number, from.number, offset, 0));
  }

  store(width: Width, to: Register, offset: number, value: Register | number): this {
    const text = `${cell(width, to, offset)} = ${spell(value)}`;
    const mode = MODE_MEM | WIDTHS[width];
    return typeof value === "number"
      ? this.#emit(text, instruction(ST | mode, to.number, 0, offset, value))
      : this.#emit(text, instruction(STX | mode, to.number, value.number, offset, 0));
  }

  /** Jumps to `label` when the condition holds for two registers' 64 bits, unsigned. */
  when(left: Register, condition: keyof typeof CONDITIONS, right: Register, label: string): this {
    const text = `if r${left.number} ${condition} r${right.number} goto ${label}`;
    const code = JMP | CONDITIONS[condition] | SOURCE_REGISTER;
    return this.#emit(text, instruction(code, left.number, right.number, 0, 0), label);
  }

  /** Jumps to `label` when the condition holds for a register's lower 32 bits, unsigned. */
  whenWord(left: Register, condition: keyof typeof CONDITIONS, constant: number, label: string): this {
    const text = `if w${left.number} ${condition} ${spell(constant)} goto ${label}`;
    return this.#emit(text, instruction(JMP32 | CONDITIONS[condition], left.number, 0, 0, constant), label);
  }

  /** Jumps to `label` when all 64 bits are zero: there is no pointer, or no value. */
  whenZero(left: Register, label: string): this {
    const text = `if r${left.number} == 0 goto ${label}`;
    return this.#emit(text, instruction(JMP | CONDITIONS["=="], left.number, 0, 0, 0), label);
  }

  goto(label: string): this {
    return this.#emit(`goto ${label}`, instruction(JMP, 0, 0, 0, 0), label);
  }

  label(name: string): this {
    this.#labels.set(name, this.#slots);
    this.#text.push(`${name}:`);
    return this;
  }

  /** Loads the address of the map whose descriptor is `fd`; the listing calls it `name`. */
  map(to: Register, name: string, fd: number): this {
    const bytes = new Uint8Array(2 * INSTRUCTION);
    bytes.set(instruction(LD_IMM64, to.number, PSEUDO_MAP_FD, 0, fd));
    return this.#emit(`r${to.number} = map ${name}`, bytes);
  }

  /** Afterwards r0 holds the result, and r1 to r5 nothing. */
  call(helper: keyof typeof HELPERS): this {
    return this.#emit(`call bpf_${helper}`, instruction(CALL, 0, 0, 0, HELPERS[helper]));
  }

  exit(): this {
    return this.#emit("exit", instruction(EXIT, 0, 0, 0, 0));
  }

  /** Throws RangeError where a label is not set, or stands behind a jump to it or too far away. */
  finish(): Program {
    const code = new Uint8Array(this.#slots * INSTRUCTION);
    let slot = 0;
    for (const { bytes, target, text } of this.#lines) {
      code.set(bytes, slot * INSTRUCTION);
      if (target !== undefined) {
        const distance = (this.#labels.get(target) ?? -1) - slot - 1;
        if (distance < 0 || distance > 0x7fff) throw new RangeError(`no way to the label: ${text}`);
        new DataView(code.buffer).setInt16(slot * INSTRUCTION + 2, distance, true);
      }
      slot += bytes.length / INSTRUCTION;
    }
    return { code, listing: `${this.#text.join("\n")}\n` };
  }

  #emit(text: string, bytes: Uint8Array, target?: string): this {
    this.#lines.push({ text, bytes, ...(target !== undefined && { target }) });
    this.#text.push(`  ${text}`);
    this.#slots += bytes.length / INSTRUCTION;
    return this;
  }
}

/** struct bpf_insn: u8 code, the registers' numbers in a nibble each, s16 offset, s32 constant. */
function instruction(code: number, to: number, from: number, offset: number, constant: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(INSTRUCTION));
  view.setUint8(0, code);
  view.setUint8(1, (from << 4) | to);
  view.setInt16(2, offset, true);
  view.setInt32(4, constant, true);
  return new Uint8Array(view.buffer);
}

function spell(value: Register | number): string {
  if (typeof value !== "number") return `r${value.number}`;
  return value > 0xffff ? `0x${value.toString(16)}` : `${value}`;
}

function cell(width: Width, base: Register, offset: number): string {
  return `*(u${width} *)(r${base.number} ${offset < 0 ? "-" : "+"} ${Math.abs(offset)})`;
}
