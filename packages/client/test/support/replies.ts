import { portableTextCodec } from "../../src/protocol/TextCodec.ts"

/** The bytes of replies. */
export const ok = "+OK\r\n"
export const queued = "+QUEUED\r\n"
export const nil = "$-1\r\n"
export const error = (text: string): string => `-${text}\r\n`
export const int = (value: number): string => `:${value}\r\n`
export const bulk = (text: string): string => `$${portableTextCodec.byteLength(text)}\r\n${text}\r\n`
export const array = (items: ReadonlyArray<string>): string => `*${items.length}\r\n${items.join("")}`
export const hello = (server: string, version: string): string =>
  `%3\r\n${[bulk("server"), bulk(server), bulk("version"), bulk(version), bulk("proto"), int(3)].join("")}`
