import { expect, test } from "bun:test";

type Theme = Map<string, string>;
type Linear = [red: number, green: number, blue: number];

/** The custom properties of both themes; dark states only what differs. */
async function themes(): Promise<{ light: Theme; dark: Theme }> {
  const css = await Bun.file(new URL("./tokens.css", import.meta.url)).text();
  const [light = "", dark = ""] = css.split("@media");
  const properties = (text: string) =>
    [...text.matchAll(/--([\w-]+): ([^;]+);/g)].map(([, k, v]) => [k!, v!] as const);
  return { light: new Map(properties(light)), dark: new Map([...properties(light), ...properties(dark)]) };
}

/** OKLCH to linear sRGB (Ottosson's matrices, as in CSS Color 4 section 9), clipped to the gamut. */
function linear(lightness: number, chroma: number, hue: number): Linear {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (value: number) => Math.min(1, Math.max(0, value));
  return [
    clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function colour(text: string, hue?: number): Linear {
  const [lightness = 0, chroma = 0, own = 0] = text.match(/[\d.]+/g)?.map(Number) ?? [];
  return linear(lightness / 100, chroma, hue ?? own);
}

/** WCAG 2.2 contrast ratio. */
function contrast(a: Linear, b: Linear): number {
  const luminance = ([red, green, blue]: Linear) => 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const TEXT_ON: [text: string, grounds: string[]][] = [
  ["ink", ["page", "raised", "sunken", "live-soft", "warning-soft", "error-soft"]],
  ["muted", ["page", "raised", "sunken", "live-soft", "warning-soft", "error-soft"]],
  ["live", ["page", "raised", "live-soft"]],
  ["down", ["raised"]],
  ["up", ["raised"]],
  ["warning", ["raised", "warning-soft"]],
  ["error", ["raised", "error-soft"]],
  ["raised", ["error"]],
  ["on-live", ["live"]],
];

test("every text is readable on every ground it stands on in both themes (WCAG AA, 4.5)", async () => {
  const faint: string[] = [];
  for (const [name, theme] of Object.entries(await themes())) {
    for (const [text, grounds] of TEXT_ON) {
      for (const ground of grounds) {
        const ratio = contrast(colour(theme.get(text)!), colour(theme.get(ground)!));
        if (ratio < 4.5) faint.push(`${name}: ${text} on ${ground} ${ratio.toFixed(2)}`);
      }
    }
    for (let hue = 0; hue < 360; hue += 5) {
      const ratio = contrast(colour(theme.get("hue-ink")!, hue), colour(theme.get("hue-soft")!, hue));
      if (ratio < 4.5) faint.push(`${name}: a device's letter at ${hue}° ${ratio.toFixed(2)}`);
    }
  }
  expect(faint).toEqual([]);
});

/** What is left of colours for eyes without long- or medium-wave cones (Viénot, Brettel and Mollon 1999). */
const DICHROMATS: Record<string, (colour: Linear) => Linear> = {
  protanope: ([r, g, b]) => [
    0.1121 * r + 0.8853 * g - 0.0005 * b,
    0.1127 * r + 0.8897 * g - 0.0001 * b,
    0.0045 * r + b,
  ],
  deuteranope: ([r, g, b]) => [
    0.292 * r + 0.7054 * g - 0.0003 * b,
    0.2934 * r + 0.7089 * g,
    -0.02098 * r + 0.0256 * g + b,
  ],
};

test("down and up differ clearly for colour-blind eyes: blue is left in one and not in the other", async () => {
  for (const theme of Object.values(await themes())) {
    for (const seen of Object.values(DICHROMATS)) {
      const [downRed, , downBlue] = seen(colour(theme.get("down")!));
      const [upRed, , upBlue] = seen(colour(theme.get("up")!));
      expect([downBlue > 2 * downRed, upRed > 2 * upBlue]).toEqual([true, true]);
    }
  }
});

/** sRGB, linear, to OKLab: the other way round than `linear`. */
function oklab([red, green, blue]: Linear): Linear {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

test("hues of places that are next to each other on the circle differ to the eye in both themes, as screens show them", async () => {
  // Two colours are just told apart at 0.02.
  for (const theme of Object.values(await themes())) {
    for (let hue = 0; hue < 360; hue += 30) {
      const [a, b] = [hue, hue + 30].map((degrees) => oklab(colour(theme.get("hue-area")!, degrees)));
      expect([hue, Math.hypot(...a!.map((part, i) => part - b![i]!)) > 0.04]).toEqual([hue, true]);
    }
  }
});
