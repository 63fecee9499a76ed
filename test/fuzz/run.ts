/**
 * Runs the fuzz and property tests again and again, each round from another random seed: `run.ts [seconds] [seed]`. With a
 * seed it is one round from that. The exit status is 1 when a round failed, after saying how to have it again.
 */
import { Glob } from "bun";

const seconds = Number(process.argv[2] ?? 60);
const given = process.argv[3];
if (!(seconds > 0)) throw new Error(`"${process.argv[2]}" is no number of seconds`);

const files = [...new Glob("test/{fuzz,property}/*.test.ts").scanSync(".")].sort();
const start = performance.now();
const elapsed = () => (performance.now() - start) / 1000;
let rounds = 0;
do {
  const seed = given === undefined ? crypto.getRandomValues(new Int32Array(1))[0]! : Number(given);
  const output = await round(seed);
  rounds++;
  if (output !== undefined) {
    console.log(output);
    console.log(`fuzz: failed in round ${rounds} with seed ${seed}; again: make fuzz SEED=${seed}`);
    process.exit(1);
  }
  console.log(`fuzz: round ${rounds}, seed ${seed}: passed; ${elapsed().toFixed(0)} of ${seconds} s`);
} while (given === undefined && elapsed() < seconds);

/** What a round that failed had to say. */
async function round(seed: number): Promise<string | undefined> {
  const command = [
    "bun",
    "test",
    "--preload",
    "./test/fuzz/seed.ts",
    "--timeout=600000",
    ...files.map((file) => `./${file}`),
  ];
  const run = Bun.spawn(command, {
    env: { ...process.env, FUZZ_SEED: String(seed) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [status, said, told] = await Promise.all([
    run.exited,
    new Response(run.stdout).text(),
    new Response(run.stderr).text(),
  ]);
  return status === 0 ? undefined : said + told;
}
