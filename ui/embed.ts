/**
 * Writes build/ui-assets.ts: a module that imports every file of the built page, so that `bun build --compile` puts
 * them into the executable, and exports them by URL path. Text is compressed here once and not for each request.
 */
import { readdirSync } from "node:fs";
import { extname, join } from "node:path";

const BUILD = join(import.meta.dir, "../build");

const CONTENT_TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

const imports: string[] = [];
const entries: string[] = [];

function embed(file: string): string {
  const name = `file${imports.length}`;
  imports.push(`import ${name} from "./ui/${file}" with { type: "file" };`);
  return name;
}

const files = readdirSync(join(BUILD, "ui"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.endsWith(".gz"))
  .map((entry) => join(entry.parentPath, entry.name).slice(join(BUILD, "ui/").length))
  .sort();

for (const file of files) {
  const contentType = CONTENT_TYPES[extname(file)];
  if (contentType === undefined) throw new Error(`embed: no content type is known for ${file}`);
  const path = join(BUILD, "ui", file);
  await Bun.write(`${path}.gz`, Bun.gzipSync(await Bun.file(path).bytes(), { level: 9 }));
  const parts = [`file: ${embed(file)}`, `gzip: ${embed(`${file}.gz`)}`, `contentType: "${contentType}"`];
  entries.push(`  ["/${file}", { ${parts.join(", ")} }],`);
}

await Bun.write(
  join(BUILD, "ui-assets.ts"),
  [
    "// @ts-nocheck Written by ui/embed.ts.",
    'import type { Assets } from "../runtime/src/api/assets.ts";',
    ...imports,
    "",
    "export const assets: Assets = new Map([",
    ...entries,
    "]);",
    "",
  ].join("\n"),
);
