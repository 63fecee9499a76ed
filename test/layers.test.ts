import { expect, test } from "bun:test";
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";

const SOURCE = join(import.meta.dir, "../runtime/src");

// Imports point down this list; a file may always import from its own folder.
const LAYERS = [
  ["main"], // the files of the top folder: they wire the rest
  ["api"],
  ["service"],
  ["linux"],
  ["render"], // compiles what the cores below describe
  ["nat", "dhcp", "dns", "traffic", "config"],
  ["wire"],
  ["addr"],
];
const SANS_IO = ["render", "nat", "dhcp", "dns", "traffic", "config", "wire", "addr"];

// A core is given bytes and the time and returns actions; with these it would reach for the world by itself.
const WORLD =
  /\b(?:Date\.now|new Date\(\)|Math\.random|performance\.now|setTimeout|setInterval|queueMicrotask|console|process|Bun|fetch|Promise|async|await)\b/;
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"|new URL\("(\.[^"]+)"/g;

interface SourceFile {
  path: string;
  text: string;
  imports: string[];
}

const files: SourceFile[] = await Promise.all(
  [...new Glob("**/*.ts").scanSync(SOURCE)]
    .filter((path) => !path.endsWith(".test.ts"))
    .map(async (path) => {
      const text = await Bun.file(join(SOURCE, path)).text();
      return { path, text, imports: [...text.matchAll(IMPORT)].map((match) => (match[1] ?? match[2])!) };
    }),
);

const folder = (path: string) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : "main");
const rank = (path: string) => LAYERS.findIndex((names) => names.includes(folder(path)));
const resolve = (file: SourceFile, specifier: string) =>
  relative(SOURCE, join(SOURCE, dirname(file.path), specifier));

function violations(check: (file: SourceFile) => (string | false)[]): string[] {
  return files.flatMap((file) =>
    check(file)
      .filter((fault) => fault !== false)
      .map((fault) => `${file.path}: ${fault}`),
  );
}

test("every folder of the runtime is a layer", () => {
  expect(violations((file) => [rank(file.path) < 0 && "is in no layer"])).toEqual([]);
});

test("imports point down the layers", () => {
  const pointsUp = (file: SourceFile, specifier: string) => {
    const target = resolve(file, specifier);
    if (target.startsWith("..")) return folder(file.path) !== "main";
    return folder(target) !== folder(file.path) && rank(target) <= rank(file.path);
  };
  const found = violations((file) =>
    file.imports.map(
      (specifier) => specifier.startsWith(".") && pointsUp(file, specifier) && `imports ${specifier}`,
    ),
  );
  expect(found).toEqual([]);
});

test("bun:ffi stays in linux/ffi and dns-packet in wire/dns", () => {
  const homes: Record<string, string> = { "bun:ffi": "linux/ffi/", "dns-packet": "wire/dns/" };
  const found = violations((file) =>
    file.imports.map((name) => name in homes && !file.path.startsWith(homes[name]!) && `imports ${name}`),
  );
  expect(found).toEqual([]);
});

test("cores are sans-I/O: no clock, randomness, promise or platform inside", () => {
  const allowed = /^(?:\.|@sinclair\/typebox|dns-packet)/;
  // Ciphers and hashes compute from their arguments alone; the list of public suffixes is a table.
  const homes: Record<string, string> = { "node:crypto": "wire/quic/", tldts: "traffic/names/" };
  const code = (text: string) =>
    text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "").replace(/(["'`])(?:\\.|(?!\1).)*\1/g, '""');
  const found = violations((file) => {
    if (!SANS_IO.includes(folder(file.path))) return [];
    const world = WORLD.exec(code(file.text));
    return [
      ...file.imports.map(
        (name) =>
          !allowed.test(name) && !(name in homes && file.path.startsWith(homes[name]!)) && `imports ${name}`,
      ),
      world !== null && `uses ${world[0]}`,
    ];
  });
  expect(found).toEqual([]);
});
