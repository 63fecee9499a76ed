/**
 * Runs one suite of tests (`unit`, `netns` or `e2e`) and keeps its counts; `summary` adds up those kept and prints the closing line
 * "N passed, N failed, N skipped". The exit status is 1 when a test failed or none ran.
 */
import { mkdirSync, rmSync } from "node:fs";
import { Glob } from "bun";

const RESULTS = "build/test";

const SUITES: Record<string, { title: string; files: string[]; timeoutSeconds: number }> = {
  unit: {
    title: "no privileges, no network; pages in a real browser",
    files: [
      "runtime/**/*.test.ts",
      "ui/**/*.test.ts",
      "qemu/**/*.test.ts",
      "test/*.test.ts",
      "test/{fuzz,property,conformance,browser}/**/*.test.ts",
    ],
    timeoutSeconds: 60,
  },
  netns: {
    title: "the real kernel, in network namespaces",
    files: ["test/{netns,judges}/**/*.test.ts"],
    timeoutSeconds: 180,
  },
  e2e: { title: "the image in QEMU", files: ["test/e2e/**/*.test.ts"], timeoutSeconds: 900 },
};

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const name = process.argv[2] ?? "";
if (name === "summary") {
  const suites = Object.keys(SUITES).map(
    (suite) => Bun.file(`${RESULTS}/${suite}.json`).json() as Promise<Counts>,
  );
  finish(add(await Promise.all(suites)));
} else if (name in SUITES) {
  finish(await runSuite(name));
} else {
  console.error(`test: unknown suite "${name}"; there are ${Object.keys(SUITES).join(", ")} and summary`);
  process.exit(2);
}

async function runSuite(suite: string): Promise<Counts> {
  const { title, files, timeoutSeconds } = SUITES[suite]!;
  const paths = files.flatMap(filesOf).filter((path) => !path.includes("node_modules/"));
  console.log(`==> ${suite} tests: ${title} (${paths.length} files)`);
  mkdirSync(RESULTS, { recursive: true });
  const report = `${RESULTS}/${suite}.xml`;
  rmSync(report, { force: true });
  const options = [`--timeout=${timeoutSeconds * 1000}`, "--reporter=junit", `--reporter-outfile=${report}`];
  const run = Bun.spawn(["bun", "test", ...options, ...paths.sort().map((path) => `./${path}`)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const status = await run.exited;
  const counts = await countsOf(report);
  // A suite that died outside its tests (a syntax error, a crash) has failed even where no test says so.
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  await Bun.write(`${RESULTS}/${suite}.json`, JSON.stringify(counts));
  return counts;
}

/** Throws when there is none: then the pattern is not what it was meant to be, and tests would be left out unseen. */
function filesOf(pattern: string): string[] {
  const files = [...new Glob(pattern).scanSync(".")];
  if (files.length === 0) throw new Error(`no file fits ${pattern}`);
  return files;
}

async function countsOf(report: string): Promise<Counts> {
  const file = Bun.file(report);
  const text = (await file.exists()) ? await file.text() : "";
  const total = /<testsuites [^>]*>/.exec(text)?.[0] ?? "";
  const count = (attribute: string) => Number(new RegExp(`\\b${attribute}="(\\d+)"`).exec(total)?.[1] ?? 0);
  const failed = count("failures");
  const skipped = count("skipped");
  return { passed: count("tests") - failed - skipped, failed, skipped };
}

function add(parts: Counts[]): Counts {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const part of parts) {
    sum.passed += part.passed;
    sum.failed += part.failed;
    sum.skipped += part.skipped;
  }
  return sum;
}

function finish({ passed, failed, skipped }: Counts): never {
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}
