import { lengthOf } from "../../state/traffic/range.ts";
import type { TrafficPage } from "../../state/traffic/traffic-page.svelte.ts";
import type { KeyAction } from "../timeline/keys.ts";

/** Parts of what is shown that a key moves by. */
const NEAR = 0.1;
const FAR = 0.5;
const CLOSER = 0.7;

/** Does what a key asks for. */
export function act(page: TrafficPage, action: KeyAction): void {
  const actions: Record<KeyAction, () => void> = {
    left: () => page.pan(-NEAR),
    right: () => page.pan(NEAR),
    "far-left": () => page.pan(-FAR),
    "far-right": () => page.pan(FAR),
    in: () => page.zoomIn(CLOSER),
    out: () => page.zoomIn(1 / CLOSER),
    oldest: () => page.showOldest(),
    live: () => page.goLive(),
    select: () => selectMiddle(page),
    back: () => (page.view.selection === null ? page.goLive() : page.select(null)),
  };
  actions[action]();
}

function selectMiddle(page: TrafficPage): void {
  const { from, to } = page.aim();
  const third = lengthOf({ from, to }) / 3;
  page.select({ from: from + third, to: to - third });
}
