/**
 * Reads what the primaries hold, over the harness's own connections: the client under test is not asked about itself.
 */
import type { AdminReply, ClusterControls, ServerControls, ServerError } from "@reef-redis/testing"
import * as Effect from "effect/Effect"
import { type Contents, ContentsBuilder } from "./account.ts"
import { kindOf, tagOf } from "./keyspace.ts"

const texts = (reply: AdminReply): ReadonlyArray<string> => (Array.isArray(reply) ? reply.map(String) : [])

export const readNode = Effect.fnUntraced(function* (node: ServerControls, contents: ContentsBuilder) {
  /** MGET takes keys of one slot only: they are those with one tag. */
  const stringsByTag = new Map<string, Array<string>>()
  const lists: Array<string> = []
  for (const key of texts(yield* node.admin(["KEYS", "*"]))) {
    if (kindOf(key) === "list") lists.push(key)
    else stringsByTag.set(tagOf(key), [...(stringsByTag.get(tagOf(key)) ?? []), key])
  }
  yield* Effect.forEach(
    lists,
    (key) => Effect.map(node.admin(["LRANGE", key, 0, -1]), (reply) => contents.addList(key, texts(reply))),
    { concurrency: "unbounded", discard: true }
  )
  yield* Effect.forEach(
    stringsByTag.values(),
    (keys) =>
      Effect.map(node.admin(["MGET", ...keys]), (reply) => {
        for (const [at, value] of texts(reply).entries()) contents.addString(keys[at]!, value)
      }),
    { concurrency: "unbounded", discard: true }
  )
})

export const readContents = Effect.fnUntraced(function* (
  cluster: ClusterControls
): Effect.fn.Return<Contents, ServerError> {
  const contents = new ContentsBuilder()
  for (const node of cluster.nodes) {
    if ((yield* node.role) === "primary") yield* readNode(node, contents)
  }
  return contents
})
