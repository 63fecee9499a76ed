/** What keys do while the timeline has the focus; L and Escape do it anywhere on the page. */
export type KeyAction =
  | "left"
  | "right"
  | "far-left"
  | "far-right"
  | "in"
  | "out"
  | "oldest"
  | "live"
  | "select"
  | "back";

/** For the help, in its order. */
export const KEY_HELP: readonly [keys: string[], what: string][] = [
  [["←", "→"], "move; with Shift by half a screen"],
  [["+", "−"], "zoom in and out; so does the wheel"],
  [["Home"], "the oldest that is known"],
  [["L", "End"], "back to what happens now"],
  [["S"], "select the middle; drag its edges"],
  [["Esc"], "drop the selection, then back to now"],
];

/** The action of a key press; undefined: it means nothing here. */
export function actionOf(
  { key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent,
  focused: boolean,
): KeyAction | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  if (key === "Escape") return "back";
  if (key.toLowerCase() === "l") return "live";
  if (!focused) return undefined;
  if (key === "ArrowLeft") return shiftKey ? "far-left" : "left";
  if (key === "ArrowRight") return shiftKey ? "far-right" : "right";
  return FOCUSED[key.toLowerCase()];
}

const FOCUSED: Readonly<Record<string, KeyAction>> = {
  "+": "in",
  "=": "in",
  "-": "out",
  home: "oldest",
  end: "live",
  s: "select",
};
