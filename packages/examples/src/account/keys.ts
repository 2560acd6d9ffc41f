/**
 * The keys of the load: for each slot that is used a list, a counter, a pair of both for MULTI, a stream, and values.
 */

export const listKey = (tag: string): string => `list:{${tag}}`
export const counterKey = (tag: string): string => `count:{${tag}}`
export const multiListKey = (tag: string): string => `multi:{${tag}}:list`
export const multiCounterKey = (tag: string): string => `multi:{${tag}}:count`
export const streamKey = (tag: string): string => `stream:{${tag}}`
/** Each value has a key of its own, which its content repeats. */
export const valueKey = (tag: string, id: string): string => `value:{${tag}}:${id}`
/** The two that one MSET sets. */
export const pairKeys = (tag: string, id: string): readonly [string, string] => [
  valueKey(tag, id),
  valueKey(tag, `${id}.second`)
]
export const valueOf = (key: string): string => `content of ${key}`
/** The field of a stream's entry that holds the id. */
export const ID_FIELD = "id"

export type KeyKind = "list" | "counter" | "stream" | "value"

export const kindOf = (key: string): KeyKind | undefined => {
  if (key.startsWith("value:{")) return "value"
  if (key.startsWith("list:{") || /^multi:\{.*\}:list$/.test(key)) return "list"
  if (key.startsWith("count:{") || /^multi:\{.*\}:count$/.test(key)) return "counter"
  return key.startsWith("stream:{") ? "stream" : undefined
}

/** The hash tag of a key. */
export const tagOf = (key: string): string => key.slice(key.indexOf("{") + 1, key.indexOf("}"))

/** Where an id must be found: the key and the id, or the key alone for a value. */
export const place = (key: string, id: string): string => `${key} ${id}`
