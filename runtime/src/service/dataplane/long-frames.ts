import { attachToSocket, PerProcessorArray } from "../../linux/bpf/bpf.ts";
import { SystemError } from "../../linux/ffi/libc.ts";
import { cutLongPackets } from "../../linux/ffi/packet-filter.ts";
import { ALLOWANCE, HEAD, LONG_FRAME, longFrameFilter } from "../../render/long-frames.ts";
import type { Log } from "../log.ts";

/**
 * Lets a tap's socket take frames whole up to `snapLength`, but of long ones above a rate the head only; of all of them where
 * this process may not use BPF. Throws SystemError.
 */
export function limitLongFrames(fd: number, snapLength: number, log: Log): void {
  try {
    const allowance = new PerProcessorArray("gh_long_frames", ALLOWANCE);
    try {
      attachToSocket(fd, "gh_long_frames", longFrameFilter(allowance.fd, snapLength).code);
    } finally {
      // The program has it.
      allowance.close();
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    cutLongPackets(fd, LONG_FRAME, HEAD, snapLength);
    log.info(`captures have only the heads of frames above ${LONG_FRAME} bytes: ${error.message}`);
  }
}
