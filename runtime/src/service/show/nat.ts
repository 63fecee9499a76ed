import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { connectDataplane, type DataplaneClient } from "../dataplane/client.ts";
import type { Listed, Rows } from "../dataplane/listing.ts";
import type { Report } from "../dataplane/protocol.ts";
import { everyRow, heldAndRefused } from "../router/nat-view.ts";
import { NAT_USAGE, type NatCommand, parseNatArguments, UsageError } from "./arguments.ts";
import { addressOf, knownDevices, type Named } from "./names.ts";
import { summaryText, tableText } from "./text.ts";

/** Where sockets are, and what survives a reboot. */
export interface Folders {
  run: string;
  state: string;
}

type Show = Extract<NatCommand, { verb: "show" }>;
type Counters = Extract<Report, { type: "counters" }>;

/** The data plane counts once a second; this much silence means that it hangs. */
const PATIENCE_MS = 5_000;
/** For one that is just being started again. */
const CONNECT_WITHIN_MS = 2_000;
const STATUS = "systemctl status gatehouse-dataplane says why";

/** Does what the words after `gatehouse nat` ask for, on standard output; the exit status. */
export async function runNat(words: readonly string[], folders: Folders): Promise<number> {
  try {
    await obey(parseNatArguments(words), folders);
    return 0;
  } catch (error) {
    const { message } = error as Error;
    const isUsage = error instanceof UsageError;
    console.error(
      isUsage ? `gatehouse: ${message}; gatehouse nat --help says more` : `gatehouse nat: ${message}`,
    );
    // 2: the command line was wrong, as is usual.
    return isUsage ? 2 : 1;
  }
}

async function obey(command: NatCommand, { run, state }: Folders): Promise<void> {
  if (command.verb === "help") return print(`${NAT_USAGE}\n`);
  const dataplane = await connect(join(run, "dataplane.sock"));
  try {
    if (command.verb === "show") return await show(command, dataplane.client, state);
    const summary = heldAndRefused(await dataplane.counters());
    await print(command.json ? `${JSON.stringify(summary)}\n` : summaryText(summary));
  } finally {
    dataplane.client.close();
  }
}

async function show(
  { what, device, json, ...filter }: Show,
  client: DataplaneClient,
  state: string,
): Promise<void> {
  const devices = await knownDevices(state);
  const host = device === undefined ? {} : { host: addressOf(device, devices) };
  const rows: Rows[Listed][] = [];
  const list: DataplaneClient["list"] = (...request) => inTime(client.list(...request));
  for await (const row of everyRow(list, what, { ...filter, ...host })) rows.push(row);
  await print(json ? `${JSON.stringify(withDevices(rows, devices))}\n` : tableText(what, rows, devices));
}

function withDevices(rows: readonly Rows[Listed][], devices: readonly Named[]) {
  const owners = new Map(devices.map(({ address, mac, name }) => [address, { mac, name }]));
  return rows.map((row) => ({ ...row, device: owners.get(row.internalAddress) ?? null }));
}

/** A connection to the data plane, and its next counters. Throws when there is none to be had. */
async function connect(
  socketPath: string,
): Promise<{ client: DataplaneClient; counters(): Promise<Counters> }> {
  refuseUnreachable(socketPath);
  const connected = Promise.withResolvers<void>();
  const counted = Promise.withResolvers<Counters>();
  const client = connectDataplane({
    socketPath,
    onConnection: (isConnected) => isConnected && connected.resolve(),
    onMessage: (report) => report.type === "counters" && counted.resolve(report),
  });
  try {
    await inTime(connected.promise, CONNECT_WITHIN_MS, `nothing listens at ${socketPath}; ${STATUS}`);
  } catch (error) {
    client.close();
    throw error;
  }
  return { client, counters: () => inTime(counted.promise) };
}

/** Says why before waiting in vain. */
function refuseUnreachable(socketPath: string): void {
  try {
    accessSync(socketPath, constants.R_OK | constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      code === "EACCES"
        ? `${socketPath} may not be used by this user; run this as root`
        : `there is no data plane at ${socketPath}; ${STATUS}`,
    );
  }
}

/** What is waited for, or in words that it does not come. */
async function inTime<T>(
  answer: Promise<T>,
  within = PATIENCE_MS,
  words = `the data plane says nothing for ${PATIENCE_MS / 1000} seconds; ${STATUS}`,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(words)), within);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves when all is written: the process may end then. A reader that has seen enough, such as head, is no fault. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EPIPE" ? resolve() : reject(error),
    );
    process.stdout.write(text, () => resolve());
  });
}
