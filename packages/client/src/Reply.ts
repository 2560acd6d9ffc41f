/**
 * How replies are read, for commands of your own (`Command.define`). Each reads RESP2 and RESP3 alike and has a text view and a bytes
 * view. Only these, and what is put together from them, run in the read loop; functions of your own go behind a command with
 * `Command.map` or `Command.decode`.
 *
 * @since 0.1.0
 */
export type { Page, Reply, Taken } from "./command/Reply.ts"
export {
  array,
  boolean,
  double,
  integer,
  literal,
  ok,
  okOrNull,
  optional,
  optionalDouble,
  optionalInteger,
  optionalString,
  optionalText,
  page,
  pairs,
  record,
  string,
  taken,
  text,
  tuple,
  value
} from "./command/Reply.ts"
