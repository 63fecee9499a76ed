/** What hands and mice do to the timeline. Places are parts of its width, 0 at the left; lengths are parts of it, too. */
export interface Gestures {
  zoom(factor: number, at: number): void;
  pan(by: number): void;
  /** A range is being drawn from one place to another; `done` once the button or the finger is up. */
  select(from: number, to: number, done: boolean): void;
  /** A click or a tap, not a drag. */
  click(at: number): void;
  doubleClick(at: number): void;
  /** The pointer hovers; null: it has left. */
  point(at: number | null): void;
}

/** Movement below this is a click and not a drag, CSS pixels. */
const DRAG_PIXELS = 4;
/** A finger that rests this long selects instead of moving the chart. */
const LONG_PRESS_MS = 450;
/** Pixels of a wheel's line and page, and how strongly a pixel zooms. */
const WHEEL_UNITS = [1, 16, 400];
const ZOOM_PER_PIXEL = 0.0022;
/** What browsers tell of a pinch on a touchpad are wheels with small steps. */
const PINCH_STRENGTH = 5;

type Drag = "undecided" | "select" | "pan" | "pinch";

/** A Svelte attachment: wheel, mouse, pen, finger and two of them. One finger moves the chart, and the page up and down. */
export function gestures(act: Gestures) {
  return (place: HTMLElement): (() => void) => {
    const hands = new Hands(place, act);
    const stop = new AbortController();
    const { signal } = stop;
    const on = <Name extends keyof HTMLElementEventMap>(
      name: Name,
      listener: (event: HTMLElementEventMap[Name]) => void,
      options: AddEventListenerOptions = {},
    ) => place.addEventListener(name, listener, { signal, ...options });
    on("wheel", (event) => hands.wheel(event), { passive: false });
    on("pointerdown", (event) => hands.down(event));
    on("pointermove", (event) => hands.move(event));
    on("pointerup", (event) => hands.up(event, true));
    on("pointercancel", (event) => hands.up(event, false));
    on("pointerleave", (event) => event.pointerType === "mouse" && act.point(null));
    on("dblclick", (event) => act.doubleClick(hands.placeOf(event)));
    on("contextmenu", (event) => hands.isSelecting && event.preventDefault());
    return () => stop.abort();
  };
}

class Hands {
  /** Where each finger is, as parts of the width. */
  private readonly fingers = new Map<number, number>();
  private drag: Drag = "undecided";
  private start = 0;
  private press: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly element: HTMLElement,
    private readonly act: Gestures,
  ) {}

  get isSelecting(): boolean {
    return this.drag === "select";
  }

  placeOf({ clientX }: MouseEvent): number {
    const { left, width } = this.element.getBoundingClientRect();
    return (clientX - left) / Math.max(1, width);
  }

  wheel(event: WheelEvent): void {
    event.preventDefault();
    const unit = WHEEL_UNITS[event.deltaMode] ?? 1;
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (sideways && !event.ctrlKey) {
      const pixels = (event.deltaX || event.deltaY) * unit;
      this.act.pan(pixels / this.element.clientWidth);
      return;
    }
    const strength = ZOOM_PER_PIXEL * (event.ctrlKey ? PINCH_STRENGTH : 1);
    const pixels = Math.max(-240, Math.min(240, event.deltaY * unit));
    this.act.zoom(Math.exp(pixels * strength), this.placeOf(event));
  }

  down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.element.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.placeOf(event));
    clearTimeout(this.press);
    if (this.fingers.size === 2) this.drag = "pinch";
    if (this.fingers.size > 1) return;
    this.start = this.placeOf(event);
    this.drag = "undecided";
    if (event.pointerType !== "touch") return;
    this.press = setTimeout(() => {
      this.drag = "select";
      this.act.select(this.start, this.start, false);
    }, LONG_PRESS_MS);
  }

  move(event: PointerEvent): void {
    const at = this.placeOf(event);
    const before = this.fingers.get(event.pointerId);
    if (before === undefined) {
      this.act.point(at);
      return;
    }
    if (this.drag === "undecided") this.decide(event, at);
    if (this.drag === "undecided") return;
    if (this.drag === "pinch") this.pinch(event.pointerId, at);
    else if (this.drag === "select") this.act.select(this.start, at, false);
    else this.act.pan(before - at);
    this.fingers.set(event.pointerId, at);
  }

  /** @param meant false when the browser took the finger over to scroll the page */
  up(event: PointerEvent, meant: boolean): void {
    if (!this.fingers.delete(event.pointerId)) return;
    clearTimeout(this.press);
    const at = this.placeOf(event);
    if (this.drag === "select") this.act.select(this.start, at, true);
    else if (this.drag === "undecided" && meant) this.act.click(at);
    // The finger that stays after a pinch moves the chart from where it is.
    this.drag = this.fingers.size > 0 ? "pan" : "undecided";
  }

  private decide(event: PointerEvent, at: number): void {
    if (Math.abs(at - this.start) * this.element.clientWidth < DRAG_PIXELS) return;
    clearTimeout(this.press);
    this.act.point(null);
    this.drag = event.pointerType === "touch" || event.shiftKey ? "pan" : "select";
  }

  private pinch(moved: number, at: number): void {
    const [a, b] = this.fingers.keys();
    const other = this.fingers.get(moved === a ? b! : a!);
    const before = this.fingers.get(moved);
    if (other === undefined || before === undefined) return;
    const least = 20 / this.element.clientWidth;
    const factor = Math.max(Math.abs(before - other), least) / Math.max(Math.abs(at - other), least);
    // The time under the resting finger stays there; both fingers move in turn.
    this.act.zoom(factor, other);
  }
}
