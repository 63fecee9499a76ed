/** The hue of a device in degrees: from its hardware address, so it is the same for life and on every screen. */
export function hueOf(mac: string): number {
  return hashOf(mac) % 360;
}

/** As many as are told apart at a glance, in both themes. */
const SLOTS = 12;
/** What follows each other in a list is seen together: so many before have other hues. The timeline shows nine. */
const APART = 9;

/**
 * Hues in degrees of what has no colour for life, as places are countless. A name gets one of twelve by itself, or the nearest that none of
 * the last nine new names has: those come as they stand in the list. It keeps that on every page, until the page is loaded anew.
 */
export class Hues {
  private readonly slots = new Map<string, number>();
  /** Slots of the latest names. */
  private readonly latest: number[] = [];

  of(name: string): number {
    return (this.slots.get(name) ?? this.give(name)) * (360 / SLOTS);
  }

  private give(name: string): number {
    const own = hashOf(name) % SLOTS;
    const byDistance = Array.from({ length: SLOTS }, (_, i) => (own + nearby(i)) % SLOTS);
    const slot = byDistance.find((slot) => !this.latest.includes(slot)) ?? own;
    this.slots.set(name, slot);
    this.latest.push(slot);
    if (this.latest.length > APART) this.latest.shift();
    return slot;
  }
}

/** Of what is outside the home, by name or address. */
export const placeHues = new Hues();
export const serviceHues = new Hues();

/** 0, then one to each side, two, and so on, round the circle. */
function nearby(i: number): number {
  return i % 2 === 0 ? i / 2 : SLOTS - (i + 1) / 2;
}

/** FNV-1a, of which the low bits are mixed with the high ones. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
