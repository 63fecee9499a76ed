/** One file of the page, on disk or embedded in the executable. */
export interface Asset {
  file: string;
  contentType: string;
  /** The same content by gzip: browsers ask for nothing better over plain HTTP. */
  gzip?: string;
}

/** Files by URL path, "/index.html" and "/docs.html" among them. */
export type Assets = ReadonlyMap<string, Asset>;

/** Vite writes a hash of the content into the name of everything under here, so it never changes. */
const HASHED = "/assets/";

/** The answer to a GET of `path`, or undefined when no file has that name. */
export function assetResponse(
  assets: Assets,
  path: string,
  acceptEncoding: string | null,
): Response | undefined {
  const asset = assets.get(path);
  if (asset === undefined) return undefined;
  const headers = new Headers({
    "content-type": asset.contentType,
    "cache-control": path.startsWith(HASHED) ? "public, max-age=31536000, immutable" : "no-cache",
  });
  if (asset.gzip === undefined) return new Response(Bun.file(asset.file), { headers });
  headers.set("vary", "accept-encoding");
  if (!/\bgzip\b/.test(acceptEncoding ?? "")) return new Response(Bun.file(asset.file), { headers });
  headers.set("content-encoding", "gzip");
  return new Response(Bun.file(asset.gzip), { headers });
}

/** Views live in the URL's path, files have an extension: "/devices/02:00:5e:00:00:01" is a view. */
export function isView(path: string): boolean {
  return !path.startsWith("/api") && !path.includes(".");
}
