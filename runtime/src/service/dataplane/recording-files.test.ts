import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CaptureCursor } from "../../traffic/capture/cursor.ts";
import { CaptureRecorder } from "../../traffic/capture/recorder.ts";
import { FOUND } from "../../traffic/capture/ring-reader.ts";
import { FeedReader } from "../../traffic/feed/reader.ts";
import { FeedWriter } from "../../traffic/feed/writer.ts";
import { CAPTURES_FILE, mostCaptureBytes, openCapturesFile, openFeedFile } from "./recording-files.ts";

const MEMORY = 80e6;
const RING = 500_000;
const folder = mkdtempSync(join(tmpdir(), "gatehouse-recording-"));

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true }));

const sizes = () => readdirSync(folder).map((name) => statSync(join(folder, name)).size);

/** Opens captures, says how many rings and frames there are, and adds one. */
function addFrame(ringBytes: number, totalBytes: number): [rings: number, frames: number] {
  const { file, content } = openCapturesFile(folder, ringBytes, totalBytes, MEMORY)!;
  const cursor = new CaptureCursor(content);
  let frames = 0;
  while (cursor.next() === FOUND) frames++;
  new CaptureRecorder(content).append(7, 1, 2, 1, new Uint8Array(64), 0, 64, 64);
  file.unmap();
  return [content.ringCount, frames];
}

test("captures are kept while their rings stay what they are, and go with another size or none", () => {
  expect([
    addFrame(RING, 2_000_000),
    addFrame(RING, 2_000_000),
    addFrame(RING, 1_200_000),
    addFrame(RING - 8, 1_200_000),
    addFrame(RING - 8, 1_200_000),
    openCapturesFile(folder, RING, RING, MEMORY),
    readdirSync(folder),
  ]).toEqual([[3, 0], [3, 1], [2, 0], [2, 0], [2, 1], undefined, []]);
});

test("a feed is kept, and one of another machine's size replaced by one whose ticks count on", () => {
  const tell = (memory: number) => {
    const { file, content } = openFeedFile(folder, memory);
    const reader = new FeedReader(content);
    const { position } = reader;
    new FeedWriter(content).endTick(1, 0, 0);
    file.unmap();
    return position;
  };
  const [first, second, third] = [tell(MEMORY), tell(MEMORY), tell(2 * MEMORY)] as const;
  const now = Math.floor(Date.now() / 100) >>> 0;
  expect([second - first, third >= first, now - first < 600]).toEqual([1, true, true]);
});

test("all of it takes an eighth of the machine's memory at most, whatever is asked for", () => {
  openFeedFile(folder, MEMORY).file.unmap();
  openCapturesFile(folder, RING, 4e9, MEMORY)!.file.unmap();
  const room = mostCaptureBytes(MEMORY) - statSync(join(folder, CAPTURES_FILE)).size;
  expect([room >= 0, room < RING + 1000]).toEqual([true, true]);
  const total = sizes().reduce((sum, size) => sum + size, 0);
  expect([total <= MEMORY / 8, total > MEMORY / 12]).toEqual([true, true]);
});
