/** The hue of a device in degrees: from its hardware address, so it is the same for life and on every screen. */
export function hueOf(mac: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < mac.length; i++) hash = Math.imul(hash ^ mac.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % 360;
}
