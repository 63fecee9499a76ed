import type { Browser, JSHandle } from "playwright-core";
import { launchBrowser } from "../harness/browser.ts";
import type { Namespace } from "../netns/linux-namespace.ts";

/** What the page of a peer keeps. */
interface Call {
  connection: RTCPeerConnection;
  channel: RTCDataChannel;
  gathered: Promise<RTCIceCandidateInit[]>;
  heard: string[];
}

/** How a peer's connection goes: "type address:port" of both ends, as its browser found them. */
export interface Path {
  local: string;
  remote: string;
}

/** Milliseconds that a step may take on a loaded machine. */
const PATIENCE = 15_000;

/** A browser in a namespace with one end of a WebRTC data channel. Signalling is the test's: strings go from peer to peer. */
export class BrowserPeer {
  private constructor(
    private readonly browser: Browser,
    private readonly call: JSHandle<Call>,
  ) {}

  static async open(namespace: Namespace, stun: string): Promise<BrowserPeer> {
    const browser = await launchBrowser({ prefix: ["nsenter", `--net=${namespace.path}`] });
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    const call = await page.evaluateHandle(begin, stun);
    return new BrowserPeer(browser, call);
  }

  /** The description of its end; `gathered` are its candidates for another one. */
  describe(): Promise<RTCSessionDescriptionInit> {
    return this.call.evaluate(async ({ connection }) => {
      await connection.setLocalDescription();
      return { type: connection.localDescription!.type, sdp: connection.localDescription!.sdp };
    });
  }

  accept(description: RTCSessionDescriptionInit): Promise<void> {
    return this.call.evaluate(
      ({ connection }, remote) => connection.setRemoteDescription(remote),
      description,
    );
  }

  /** Its candidates of one type: "host", "srflx". */
  async candidates(type: RTCIceCandidateType): Promise<RTCIceCandidateInit[]> {
    const all = await this.call.evaluate(({ gathered }) => gathered);
    return all.filter(({ candidate }) => candidate?.includes(` typ ${type} `));
  }

  add(candidates: RTCIceCandidateInit[]): Promise<void> {
    return this.call.evaluate(async ({ connection }, remote) => {
      for (const candidate of remote) await connection.addIceCandidate(candidate);
    }, candidates);
  }

  /** Returns when the channel is open. */
  opened(): Promise<void> {
    return this.call.evaluate(({ connection, channel }, patience) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const late = () => reject(new Error(`no channel: ICE is ${connection.iceConnectionState}`));
      setTimeout(late, patience);
      channel.onopen = () => resolve();
      if (channel.readyState === "open") resolve();
      return promise;
    }, PATIENCE);
  }

  say(text: string): Promise<void> {
    return this.call.evaluate(({ channel }, message) => channel.send(message), text);
  }

  /** The first `count` messages, once they have come. */
  heard(count: number): Promise<string[]> {
    return this.call.evaluate(
      async ({ heard }, { count, patience }) => {
        const deadline = performance.now() + patience;
        while (heard.length < count && performance.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        return heard;
      },
      { count, patience: PATIENCE },
    );
  }

  path(): Promise<Path> {
    return this.call.evaluate(async ({ connection }) => {
      const report = (await connection.getStats()) as unknown as Map<string, Record<string, string>>;
      const transport = [...report.values()].find(({ type }) => type === "transport");
      const pair = report.get(transport?.selectedCandidatePairId ?? "");
      const end = (id = "") => {
        const candidate = report.get(id);
        return `${candidate?.candidateType} ${candidate?.address}:${candidate?.port}`;
      };
      return { local: end(pair?.localCandidateId), remote: end(pair?.remoteCandidateId) };
    });
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

/** In the page. The channel is agreed upon beforehand, so that both ends are alike. */
function begin(stun: string): Call {
  const connection = new RTCPeerConnection({ iceServers: [{ urls: `stun:${stun}` }] });
  const channel = connection.createDataChannel("test", { negotiated: true, id: 0 });
  const heard: string[] = [];
  channel.onmessage = ({ data }) => heard.push(data);
  const { promise: gathered, resolve } = Promise.withResolvers<RTCIceCandidateInit[]>();
  const candidates: RTCIceCandidateInit[] = [];
  connection.onicecandidate = ({ candidate }) => {
    if (candidate === null) resolve(candidates);
    else candidates.push(candidate.toJSON());
  };
  return { connection, channel, gathered, heard };
}
