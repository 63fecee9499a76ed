import { Elysia } from "elysia";
import type { CaptureSelection, ServicePort } from "../service/traffic/source.ts";
import { accounted } from "./accounted.ts";
import { answers } from "./answers.ts";
import { type DownloadedFile, type Downloads, deviceWord, fileName, stamp } from "./download.ts";
import { type Guard, watching } from "./guard.ts";
import { Fault } from "./model.ts";
import { DEVICE, describeParameters, type Parameter, parseQuery, unusable, whole, word } from "./query.ts";
import type { RouterSource } from "./source.ts";
import { DOMAIN, REMOTE, service, serviceText } from "./traffic-filter.ts";
import { Captures } from "./traffic-model.ts";
import { FRAME_TIMES, selectionOf } from "./traffic-query.ts";

const tags = ["Captures"];
const FAULTS = { 401: Fault, 403: Fault, 404: Fault, 421: Fault, 422: Fault, 503: Fault };

/** IANA's for pcap; pcapng has none that is registered, and this is the one programs use. */
const MEDIA_TYPES = { pcapng: "application/x-pcapng", pcap: "application/vnd.tcpdump.pcap" };

const FOLLOW: Parameter<boolean> = {
  description: "1: go on with the frames to come, until the client ends it",
  schema: { type: "integer", enum: [0, 1], default: 0 },
  takes: "0 or 1",
  parse: (text) => (text === "1" ? true : text === "0" ? false : undefined),
};
const FILE_ANSWERS = answers(
  200,
  "The file",
  Object.values(MEDIA_TYPES),
  [401, 403, 404, 421, 422, 429, 503],
);
const FILE = {
  format: word(["pcapng", "pcap"], "pcapng, unless given"),
  device: DEVICE,
  ...FRAME_TIMES,
  remote: REMOTE,
  domain: DOMAIN,
  service: service("In frames, the port may be the device's or the other side's"),
  port: whole(
    0,
    65_535,
    "Only frames with this TCP, UDP or SCTP port, be it the device's or the other side's",
  ),
  follow: FOLLOW,
};

/** Devices' latest frames as they were on the wire. */
export function captureRoutes(source: RouterSource, guard: Guard, downloads: Downloads) {
  return new Elysia()
    .onBeforeHandle(watching(guard))
    .get("/api/captures", ({ request }) => summaries(source, request), {
      response: { 200: Captures, ...FAULTS },
      detail: {
        operationId: "getCaptures",
        tags,
        summary: "Whose frames are there",
        description:
          "The router keeps each device's latest frames in memory, so that what happened can be looked at afterwards.",
      },
    })
    .get("/api/captures/file", (asked) => downloads.answer(asked, () => file(source, asked.request)), {
      detail: {
        responses: FILE_ANSWERS,
        operationId: "getCaptureFile",
        tags,
        summary: "Frames as a file for Wireshark",
        description:
          "Whole Ethernet frames with the kernel's time stamps in nanoseconds, the oldest first; those that agree with all that " +
          "is asked for. Watch a device live with " +
          "curl -N 'http://router/api/captures/file?device=02:00:5e:10:00:01&follow=1' | wireshark -k -i -",
        parameters: describeParameters(FILE),
      },
    });
}

function summaries(source: RouterSource, request: Request) {
  parseQuery(request, {});
  return accounted(source.traffic.captures());
}

function file(source: RouterSource, request: Request): DownloadedFile {
  const { format = "pcapng", service, ...asked } = selectionOf(source, request, FILE);
  if (service !== undefined && asked.port !== undefined)
    throw unusable([{ field: "port", reason: "is there twice; give service or port, not both" }]);
  const selection: CaptureSelection = { format, ...asked, ...(service !== undefined && framesOf(service)) };
  const body = source.traffic.capture(selection);
  return { name: nameOf(source, selection), contentType: MEDIA_TYPES[format], body };
}

function framesOf({ protocol, port }: ServicePort): Pick<CaptureSelection, "protocol" | "port"> {
  return { protocol, ...(port !== 0 && { port }) };
}

function nameOf(source: RouterSource, selection: CaptureSelection): string {
  const { device, remote, domain, protocol, port, from, to, format } = selection;
  const whose = device && deviceWord(device, source.devices());
  const times = [from === undefined ? undefined : stamp(from), "to", stamp(to ?? source.status().time)];
  const ports = port === undefined ? undefined : `port ${port}`;
  const what = protocol === undefined ? ports : serviceText({ protocol, port: port ?? 0 });
  const words = ["capture", whose, remote, domain, what, ...times];
  return fileName(
    words.filter((word) => word !== undefined),
    format,
  );
}
