/**
 * The wire protocol by itself: for proxies, scripted servers and measurements. An application has no use for it.
 *
 * **Unstable**: this entry point follows the needs of the client and may change in any release.
 *
 * @since 0.1.0
 */

export * from "./RespEncoder.ts"
export * from "./RespHandler.ts"
export * from "./RespParser.ts"
export * from "./RespValue.ts"
export { encodeCommand, encodeHeader, type Frame, frameBytes, InvalidArg, LARGE_PAYLOAD_BYTES } from "./RespWriter.ts"
export * from "./TextCodec.ts"
