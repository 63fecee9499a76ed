import type { Server } from "bun";
import { accounted } from "./accounted.ts";
import { RequestFault } from "./faults.ts";
import { type Guard, remoteAddress } from "./guard.ts";
import { Places } from "./places.ts";
import { iso } from "./traffic-query.ts";

/** Each download holds some hundred kilobytes. */
const MAX_DOWNLOADS = 32;
const MAX_PER_DEVICE = 8;

/** A piece is made when somebody takes it. */
const NOTHING_AHEAD = { highWaterMark: 0 };

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Piece = Awaited<ReturnType<Reader["read"]>>;

interface Asked {
  request: Request;
  server: Server<unknown> | null;
}

export interface DownloadedFile {
  name: string;
  contentType: string;
  body: ReadableStream<Uint8Array>;
}

/** Files that are made while they are sent. They take as long as they take, end with the right to see them, and are bounded. */
export class Downloads {
  readonly #places = new Places(MAX_DOWNLOADS, MAX_PER_DEVICE);

  constructor(private readonly guard: Guard) {}

  /** The answer to a request for a file, which `open` opens once there is a place for it. What goes wrong at first is a fault. */
  async answer(asked: Asked, open: () => DownloadedFile): Promise<Response> {
    const address = remoteAddress(asked);
    const leave = this.#places.take(address);
    if (leave === undefined) throw TOO_MANY;
    try {
      const { name, contentType, body } = open();
      const reader = body.getReader();
      const first = await begun(reader);
      // A capture that goes on is as quiet as what it is of.
      asked.server?.timeout(asked.request, 0);
      const headers = {
        "content-type": contentType,
        "content-disposition": `attachment; filename="${name}"`,
        "cache-control": "no-store",
      };
      return new Response(this.#guarded(asked, address, first, reader, leave), { headers });
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** What comes, piece by piece as it is taken; it ends for whoever may watch no longer, and with a client that goes away. */
  #guarded(
    { request }: Asked,
    address: string,
    first: Piece,
    reader: Reader,
    leave: () => void,
  ): ReadableStream<Uint8Array> {
    const forget = this.guard.whileWatching(request, address, () => abandon(reader));
    const over = () => {
      forget();
      leave();
    };
    let next: Piece | undefined = first;
    return new ReadableStream(
      {
        async pull(controller) {
          try {
            const { done, value } = next ?? (await reader.read());
            next = undefined;
            if (!done) return controller.enqueue(value);
            over();
            controller.close();
          } catch (error) {
            over();
            throw error;
          }
        },
        cancel() {
          over();
          abandon(reader);
        },
      },
      NOTHING_AHEAD,
    );
  }
}

/** The first piece. */
async function begun(reader: Reader): Promise<Piece> {
  try {
    return await accounted(reader.read());
  } catch (error) {
    abandon(reader);
    throw error;
  }
}

/** Ends the reading. How that went, nobody is left to hear. */
function abandon(reader: Reader): void {
  reader.cancel().catch(() => {});
}

/** Text as a stream of UTF-8, made as it is taken. */
export function textStream(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await pieces.return(undefined);
      },
    },
    NOTHING_AHEAD,
  );
}

/** A file's name of words that say what is in it: "gatehouse-capture-game-console.pcapng". */
export function fileName(words: readonly string[], extension: string): string {
  const slugs = ["gatehouse", ...words].map(slug).filter((word) => word !== "");
  return `${slugs.join("-")}.${extension}`;
}

/** What a device is called in a file's name: its own name, as far as ASCII spells it, else its MAC. */
export function deviceWord(mac: string, devices: readonly { mac: string; name: string }[]): string {
  const name = devices.find((device) => device.mac === mac)?.name ?? "";
  return slug(name) || mac;
}

/** A moment as a part of a file's name, which takes no colons everywhere. */
export function stamp(ms: number): string {
  return `${iso(ms).slice(0, 19).replaceAll(":", "-")}Z`;
}

function slug(text: string): string {
  const plain = text.normalize("NFKD").replace(/[\u0300-\u036f'’]/g, "");
  return plain
    .slice(0, 60)
    .replace(/[^a-z0-9.]+/gi, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
}

const TOO_MANY = new RequestFault(429, {
  error: "Too many downloads at once",
  hint: "Wait until one of them has ended, or cancel one.",
});
