/**
 * Frames of the client's own, and several of them as one.
 *
 * @since 0.1.0
 */
import type { Frame } from "../protocol/RespWriter.ts"

/** Sent before a command (or MULTI) that follows an ASK. */
export const ASKING_FRAME = "*1\r\n$6\r\nASKING\r\n"

/** One string where it can be, since most frames are text. */
export const joinFrames = (frames: ReadonlyArray<Frame>): Frame =>
  frames.every((frame) => typeof frame === "string") ? frames.join("") : frames.flat()
