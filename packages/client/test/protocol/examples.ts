/** Frames as the specifications and servers write them, and streams that are malformed at a known byte. */
import { RespError, RespMap, type RespValue } from "../../src/protocol/RespValue.ts"
import type { Event } from "./recorder.ts"

export interface Example {
  readonly name: string
  readonly wire: string
  readonly events: ReadonlyArray<Event>
  /** What is read where strings are wanted as bytes; by default the same. */
  readonly bytes?: ReadonlyArray<Event> | undefined
}

const reply = (value: RespValue): ReadonlyArray<Event> => [["reply", value]]
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const string = (name: string, wire: string, text: string): Example => ({
  name,
  wire,
  events: reply(text),
  bytes: reply(utf8(text))
})
const value = (name: string, wire: string, events: RespValue): Example => ({ name, wire, events: reply(events) })

export const examples: ReadonlyArray<Example> = [
  value("a simple string", "+OK\r\n", "OK"),
  value("a simple string that begins like OK", "+OKAY\r\n", "OKAY"),
  value("another simple string", "+QUEUED\r\n", "QUEUED"),
  value("an empty simple string", "+\r\n", ""),
  value("a long simple string in UTF-8", `+${"é€😀".repeat(20)}\r\n`, "é€😀".repeat(20)),
  value("a simple string with a lone LF", "+a\nb\r\n", "a\nb"),
  value("a simple error", "-ERR unknown command\r\n", new RespError("ERR unknown command")),
  value("a redirect", "-MOVED 3999 127.0.0.1:6381\r\n", new RespError("MOVED 3999 127.0.0.1:6381")),
  value("an integer", ":1000\r\n", 1000),
  value("a negative integer", ":-1\r\n", -1),
  value("an integer with a plus", ":+7\r\n", 7),
  value("zero", ":0\r\n", 0),
  value("a negative zero, which is an integer", ":-0\r\n", 0),
  value("fifteen digits", ":-999999999999999\r\n", -999999999999999),
  value("sixteen digits", ":1234567890123456\r\n", 1234567890123456),
  value("the largest safe integer", ":9007199254740991\r\n", 9007199254740991),
  value("the first integer that a number would round", ":9007199254740992\r\n", 9007199254740992n),
  value("the smallest safe integer", ":-9007199254740991\r\n", -9007199254740991),
  value("a negative integer that a number would round", ":-9007199254740993\r\n", -9007199254740993n),
  value("the largest integer", ":9223372036854775807\r\n", 9223372036854775807n),
  value("the smallest integer", ":-9223372036854775808\r\n", -9223372036854775808n),
  string("a bulk string", "$5\r\nhello\r\n", "hello"),
  string("an empty bulk string", "$0\r\n\r\n", ""),
  string("a bulk string of line breaks", "$4\r\n\r\n\r\n\r\n", "\r\n\r\n"),
  string("a short bulk string in UTF-8", "$9\r\né€😀\r\n", "é€😀"),
  string("a bulk string that begins with a byte order mark", "$4\r\n\ufeffx\r\n", "\ufeffx"),
  string("a bulk string of 64 bytes", `$64\r\n${"x".repeat(64)}\r\n`, "x".repeat(64)),
  string("a length with leading zeros", "$0003\r\nabc\r\n", "abc"),
  value("a null bulk string", "$-1\r\n", undefined),
  value("a null array", "*-1\r\n", undefined),
  value("an empty array", "*0\r\n", []),
  value("an array of integers", "*3\r\n:1\r\n:2\r\n:3\r\n", [1, 2, 3]),
  {
    name: "an array in an array, with errors and nulls in both",
    wire: "*4\r\n*3\r\n$3\r\nfoo\r\n-ERR inner\r\n$-1\r\n+x\r\n*-1\r\n*1\r\n*0\r\n",
    events: reply([["foo", new RespError("ERR inner"), undefined], "x", undefined, [[]]]),
    bytes: reply([[utf8("foo"), new RespError("ERR inner"), undefined], "x", undefined, [[]]])
  },
  value("a null", "_\r\n", undefined),
  value("true", "#t\r\n", true),
  value("false", "#f\r\n", false),
  value("a double", ",3.25\r\n", 3.25),
  value("a double without a fraction", ",10\r\n", 10),
  value("a double with an exponent", ",-1.5e+300\r\n", -1.5e300),
  value("a double with a capital exponent", ",+2E-7\r\n", 2e-7),
  value("a negative zero as a double", ",-0\r\n", -0),
  value("infinity", ",inf\r\n", Infinity),
  value("negative infinity", ",-inf\r\n", -Infinity),
  value("not a number", ",nan\r\n", NaN),
  value("not a number with a sign", ",-nan\r\n", NaN),
  value(
    "a big number",
    "(3492890328409238509324850943850943825024385\r\n",
    3492890328409238509324850943850943825024385n
  ),
  value("a negative big number", "(-12\r\n", -12n),
  value("a big number with a plus", "(+12\r\n", 12n),
  value("a bulk error", "!21\r\nSYNTAX invalid syntax\r\n", new RespError("SYNTAX invalid syntax")),
  value("a bulk error of several lines", "!7\r\nERR a\r\n\r\n", new RespError("ERR a\r\n")),
  string("a verbatim string", "=15\r\ntxt:Some string\r\n", "Some string"),
  string("an empty verbatim string", "=4\r\nmkd:\r\n", ""),
  {
    name: "a map",
    wire: "%2\r\n+first\r\n:1\r\n$6\r\nsecond\r\n*1\r\n#t\r\n",
    events: reply(new RespMap(["first", 1, "second", [true]])),
    bytes: reply(new RespMap(["first", 1, utf8("second"), [true]]))
  },
  value("an empty map", "%0\r\n", new RespMap([])),
  value("a set", "~3\r\n:1\r\n+a\r\n_\r\n", [1, "a", undefined]),
  value("an empty set", "~0\r\n", []),
  {
    name: "a push",
    wire: ">3\r\n$7\r\nmessage\r\n+ch\r\n:1\r\n",
    events: [["push", ["message", "ch", 1]]],
    bytes: [["push", [utf8("message"), "ch", 1]]]
  },
  { name: "an empty push", wire: ">0\r\n", events: [["push", []]] },
  {
    name: "a push between replies",
    wire: "+a\r\n>1\r\n*1\r\n:1\r\n+b\r\n",
    events: [
      ["reply", "a"],
      ["push", [[1]]],
      ["reply", "b"]
    ]
  },
  string("a streamed string", "$?\r\n;4\r\nHell\r\n;5\r\no wor\r\n;1\r\nd\r\n;0\r\n", "Hello word"),
  string("an empty streamed string", "$?\r\n;0\r\n", ""),
  string("a streamed string that cuts a character", "$?\r\n;1\r\n\u0001\r\n;2\r\né\r\n;0\r\n", "\u0001é"),
  value("a streamed array", "*?\r\n:1\r\n*?\r\n.\r\n:2\r\n.\r\n", [1, [], 2]),
  value("a streamed set", "~?\r\n:1\r\n.\r\n", [1]),
  value("a streamed map", "%?\r\n+a\r\n:1\r\n+b\r\n:2\r\n.\r\n", new RespMap(["a", 1, "b", 2])),
  value("an empty streamed map", "%?\r\n.\r\n", new RespMap([])),
  {
    name: "attributes before a reply, in text also where bytes are wanted",
    wire: "|1\r\n+key-popularity\r\n%1\r\n$1\r\na\r\n,0.5\r\n*1\r\n$1\r\nv\r\n",
    events: [
      ["attribute", ["key-popularity", new RespMap(["a", 0.5])], 0],
      ["reply", ["v"]]
    ],
    bytes: [
      ["attribute", ["key-popularity", new RespMap(["a", 0.5])], 0],
      ["reply", [utf8("v")]]
    ]
  },
  {
    name: "attributes inside an aggregate, which count as no element",
    wire: "*2\r\n$1\r\na\r\n|1\r\n$3\r\nttl\r\n:3600\r\n$1\r\nb\r\n",
    events: [
      ["attribute", ["ttl", 3600], 1],
      ["reply", ["a", "b"]]
    ],
    bytes: [
      ["attribute", ["ttl", 3600], 1],
      ["reply", [utf8("a"), utf8("b")]]
    ]
  },
  {
    name: "attributes of attributes, two in a row, empty ones and of a push",
    wire: "|1\r\n+a\r\n|0\r\n:1\r\n|1\r\n+b\r\n:2\r\n>1\r\n|0\r\n:3\r\n",
    events: [
      ["attribute", [], 1],
      ["attribute", ["a", 1], 0],
      ["attribute", ["b", 2], 0],
      ["attribute", [], 1],
      ["push", [3]]
    ]
  },
  {
    name: "attributes inside a streamed aggregate",
    wire: "*?\r\n|1\r\n+a\r\n:1\r\n:2\r\n.\r\n",
    events: [
      ["attribute", ["a", 1], 1],
      ["reply", [2]]
    ]
  }
]

export interface Malformed {
  readonly name: string
  /** The stream up to the malformed byte, and from there on. */
  readonly good: string
  readonly bad: string
  readonly detail: string
}

const malformedAt = (name: string, good: string, bad: string, detail: string): Malformed => ({
  name,
  good,
  bad,
  detail
})

export const malformed: ReadonlyArray<Malformed> = [
  malformedAt("another protocol", "", "HTTP/1.1 400 Bad Request\r\n", "an unknown type byte 0x48"),
  malformedAt("a byte behind a frame", "$1\r\na\r\n", "\r\n+OK\r\n", "an unknown type byte 0xd"),
  malformedAt("an unknown type in an array", "*1\r\n", "?\r\n", "an unknown type byte 0x3f"),
  malformedAt("a piece outside of a streamed string", "", ";1\r\na\r\n", "an unknown type byte 0x3b"),
  malformedAt("an integer without digits", ":", "\r\n", "a malformed integer"),
  malformedAt("an integer of a sign", ":-", "\r\n", "a malformed integer"),
  malformedAt("an integer with two signs", ":-", "-1\r\n", "a malformed integer"),
  malformedAt("an integer with a letter", ":12", "a\r\n", "a malformed integer"),
  malformedAt("an integer with a space", ":", " 1\r\n", "a malformed integer"),
  malformedAt("an integer beyond 64 bits", ":922337203685477580", "8\r\n", "an integer beyond 64 bits"),
  malformedAt("a negative integer beyond 64 bits", ":-922337203685477580", "9\r\n", "an integer beyond 64 bits"),
  malformedAt("an integer of twenty digits", ":0000000000000000000", "0\r\n", "an integer beyond 64 bits"),
  malformedAt("a CR without its LF", ":1\r", "\r\n", "an LF is missing"),
  malformedAt("a CR inside a simple string", "+a\r", "b\r\n", "an LF is missing"),
  malformedAt("an LF without its CR", ":1", "\n:2\r\n", "a malformed integer"),
  malformedAt("a length without digits", "$", "\r\n\r\n", "a malformed length"),
  malformedAt("a length with a plus", "$", "+1\r\na\r\n", "a malformed length"),
  malformedAt("a negative length", "$-", "2\r\n", "a malformed length"),
  malformedAt("a minus without its 1", "*-", "\r\n", "a malformed length"),
  malformedAt("a null with more digits", "*-1", "0\r\n", "a malformed length"),
  malformedAt("a question mark with more", "*?", "1\r\n", "a malformed length"),
  malformedAt("a length of twenty digits", `$${"0".repeat(19)}`, "0\r\n", "a length of more than 19 digits"),
  malformedAt("a null set", "~", "-1\r\n", "a malformed length"),
  malformedAt("a null map", "%", "-1\r\n", "a malformed length"),
  malformedAt("a streamed push", ">", "?\r\n.\r\n", "a malformed length"),
  malformedAt("streamed attributes", "|", "?\r\n.\r\n", "a malformed length"),
  malformedAt("a streamed bulk error", "!", "?\r\n", "a malformed length"),
  malformedAt("a streamed verbatim string", "=", "?\r\n", "a malformed length"),
  malformedAt("a bulk string that is longer than its length", "$1\r\na", "b\r\n", "a CR is missing"),
  malformedAt("a bulk string without its LF", "$1\r\na\r", "b\r\n", "an LF is missing"),
  malformedAt("a long bulk string that is longer than its length", `$99\r\n${"x".repeat(99)}`, "y", "a CR is missing"),
  malformedAt("a boolean in words", "#t", "rue\r\n", "a CR is missing"),
  malformedAt("a boolean that is none", "#", "1\r\n", "a boolean that is neither t nor f"),
  malformedAt("a null with content", "_", "x\r\n", "a CR is missing"),
  malformedAt("a double without digits", ",", "\r\n", "a number that ends too early"),
  malformedAt("a double that ends in its point", ",1.", "\r\n", "a number that ends too early"),
  malformedAt("a double that ends in its exponent", ",1e+", "\r\n", "a number that ends too early"),
  malformedAt("a double with two points", ",1.2", ".3\r\n", "a malformed number"),
  malformedAt("a double in capitals", ",", "INF\r\n", "a malformed number"),
  malformedAt("an infinity with more", ",inf", "inity\r\n", "a malformed number"),
  malformedAt("a big number with a fraction", "(1", ".5\r\n", "a malformed number"),
  malformedAt("a big number without digits", "(-", "\r\n", "a number that ends too early"),
  malformedAt(
    "a verbatim string without room for its prefix",
    "=3",
    "\r\ntxt\r\n",
    "a verbatim string without its prefix"
  ),
  malformedAt("a verbatim string without its colon", "=8\r\ntxt", "-abcd\r\n", "a verbatim string without its prefix"),
  malformedAt("a push in an array", "*1\r\n", ">1\r\n:1\r\n", "a push inside another frame"),
  malformedAt("a push in a push", ">1\r\n", ">1\r\n:1\r\n", "a push inside another frame"),
  malformedAt("an end of no stream", "", ".\r\n", "an end of stream outside of a streamed aggregate"),
  malformedAt("an end in a counted array", "*1\r\n", ".\r\n", "an end of stream outside of a streamed aggregate"),
  malformedAt("an end with content", "*?\r\n.", "x\r\n", "a CR is missing"),
  malformedAt("a streamed map with a key alone", "%?\r\n:1\r\n", ".\r\n", "a streamed map with a key but no value"),
  malformedAt("attributes of nothing", "*?\r\n|1\r\n+a\r\n:1\r\n", ".\r\n", "an attribute without a value"),
  malformedAt(
    "a streamed string with another frame in it",
    "$?\r\n;1\r\na\r\n",
    "+OK\r\n",
    "a streamed string without its next piece"
  ),
  malformedAt(
    "a streamed string with a push in it",
    "$?\r\n",
    ">1\r\n:1\r\n",
    "a streamed string without its next piece"
  ),
  malformedAt("a piece that is longer than its length", "$?\r\n;1\r\na", "b\r\n", "a CR is missing"),
  malformedAt("a piece with a negative length", "$?\r\n;", "-1\r\n", "a malformed length")
]
