// How each client is asked for many keys at once: by what its documentation offers, and by what a user would write who wants it faster.
import { Command, Redis, RedisClusterLive, type RedisError, RedisLive } from "@reef-redis/node"
import { Batch, ClusterBatch, GlideClient, GlideClusterClient } from "@valkey/valkey-glide"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { Cluster, Redis as IoRedis } from "ioredis"
import { createClient, createCluster } from "redis"

import type { Address, Target } from "../clients/BenchmarkClient.ts"
import { keySlot } from "./keySlot.ts"
import type { Caller, Item, ManyLoad, Operation } from "./load.ts"

export interface ManyClient {
  /** What it answers to a successful SET. */
  readonly stored: unknown
  /** Ends when all callers have stopped. */
  readonly run: (load: ManyLoad) => Promise<unknown>
  readonly batch: (items: ReadonlyArray<Item>) => Promise<ReadonlyArray<unknown>>
  readonly close: () => Promise<void>
}

export interface ManyDescription {
  /** The npm package whose version is reported. */
  readonly package: string
  /** How it does it. */
  readonly how: string
  /** What it is measured with, if not with all. */
  readonly only?: Operation
  readonly connect: (target: Target) => Promise<ManyClient>
}

/** A client that answers by promise. */
interface PromiseClient {
  readonly mget: (keys: ReadonlyArray<string>) => Promise<ReadonlyArray<unknown>>
  readonly batch: (items: ReadonlyArray<Item>) => Promise<ReadonlyArray<unknown>>
  readonly close: () => Promise<unknown>
}

const fromPromises = (client: PromiseClient): ManyClient => ({
  stored: "OK",
  run: (load) => {
    const mgets = async (caller: Caller) => {
      while (load.running) caller.accept(await client.mget(caller.round.keys))
    }
    const batches = async (caller: Caller) => {
      while (load.running) caller.accept(await client.batch(caller.round.items))
    }
    return Promise.all(load.callers.map(load.operation === "mget" ? mgets : batches))
  },
  batch: client.batch,
  close: async () => {
    await client.close()
  }
})

const url = ({ host, port }: Address) => `redis://${host}:${port}`

const reef =
  (each: boolean): ManyDescription["connect"] =>
  async (target) => {
    const runtime = ManagedRuntime.make(
      target.topology === "cluster"
        ? RedisClusterLive({ nodes: target.nodes.map(url) })
        : RedisLive({ url: url(target.nodes[0]!) })
    )
    const redis = await runtime.runPromise(Redis)
    const commandOf = ({ key, value }: Item) => (value === undefined ? Command.get(key) : Command.set(key, value))
    const pipeline = (items: ReadonlyArray<Item>) => redis.pipeline(items.map(commandOf))
    const single = ({ key, value }: Item): Effect.Effect<unknown, RedisError> =>
      value === undefined ? redis.run(Command.get(key)) : redis.run(Command.set(key, value))
    const forEach = (items: ReadonlyArray<Item>) => Effect.forEach(items, single, { concurrency: "unbounded" })
    const batch = each ? forEach : pipeline
    return {
      stored: true,
      run: (load) => {
        const mgets = Effect.fnUntraced(function* (caller: Caller) {
          while (load.running) caller.accept(yield* redis.mGet(caller.round.keys))
        })
        const batches = Effect.fnUntraced(function* (caller: Caller) {
          while (load.running) caller.accept(yield* batch(caller.round.items))
        })
        const work = load.operation === "mget" ? mgets : batches
        return runtime.runPromise(Effect.forEach(load.callers, work, { concurrency: "unbounded" }))
      },
      batch: (items) => runtime.runPromise(pipeline(items)),
      close: () => runtime.dispose()
    }
  }

/** Items in groups, and their replies back in the places of the items. */
const inGroups = async <K>(
  items: ReadonlyArray<Item>,
  groupOf: (item: Item) => K,
  run: (group: K, items: ReadonlyArray<Item>) => Promise<ReadonlyArray<unknown>>
): Promise<ReadonlyArray<unknown>> => {
  const groups = new Map<K, { readonly items: Array<Item>; readonly places: Array<number> }>()
  for (let at = 0; at < items.length; at++) {
    const item = items[at]!
    const group = groupOf(item)
    const found = groups.get(group)
    if (found === undefined) groups.set(group, { items: [item], places: [at] })
    else {
      found.items.push(item)
      found.places.push(at)
    }
  }
  const out: Array<unknown> = new Array(items.length)
  await Promise.all(
    Array.from(groups, async ([group, { items, places }]) => {
      const replies = await run(group, items)
      for (let n = 0; n < places.length; n++) out[places[n]!] = replies[n]
    })
  )
  return out
}

const reads = (keys: ReadonlyArray<string>): ReadonlyArray<Item> => keys.map((key) => ({ key, value: undefined }))

/** A user's grouping has to compute the slot of each key, which here costs the peers nothing: from the second time on it stands in a table. */
const slotTable = (): ((item: Item) => number) => {
  const known = new Map<string, number>()
  return ({ key }) => {
    let slot = known.get(key)
    if (slot === undefined) {
      slot = keySlot(key)
      known.set(key, slot)
    }
    return slot
  }
}

/** `grouped`: one pipeline for each node, or all keys in one MGET; else single commands, started all at once. */
const ioredis =
  (options: { readonly auto: boolean; readonly grouped: boolean }): ManyDescription["connect"] =>
  async (target) => {
    const enableAutoPipelining = options.auto
    const client =
      target.topology === "cluster"
        ? new Cluster([...target.nodes], { enableAutoPipelining, lazyConnect: true })
        : new IoRedis({ ...target.nodes[0]!, enableAutoPipelining, lazyConnect: true })
    await client.connect()
    const single = ({ key, value }: Item): Promise<unknown> =>
      value === undefined ? client.get(key) : client.set(key, value)
    const pipeline = async (items: ReadonlyArray<Item>): Promise<ReadonlyArray<unknown>> => {
      const block = client.pipeline()
      for (const { key, value } of items) {
        if (value === undefined) block.get(key)
        else block.set(key, value)
      }
      const replies = await block.exec()
      return (replies ?? []).map(([error, reply]) => error ?? reply)
    }
    const slot = slotTable()
    const inPipelines = (items: ReadonlyArray<Item>) =>
      client instanceof Cluster
        ? inGroups(
            items,
            (item) => client.slots[slot(item)]?.[0],
            (_, of) => pipeline(of)
          )
        : pipeline(items)
    const batch = options.grouped ? inPipelines : (items: ReadonlyArray<Item>) => Promise.all(items.map(single))
    return fromPromises({
      mget: client instanceof Cluster ? (keys) => batch(reads(keys)) : (keys) => client.mget([...keys]),
      batch,
      close: () => client.quit()
    })
  }

type CommandOptions = { readonly timeout?: number }

// The documented way to switch the timeout off; its type is not written for exactOptionalPropertyTypes.
// @ts-expect-error undefined is meant
const UNTIMED: CommandOptions = { timeout: undefined }

/** What node-redis collects commands in, of one server or of one node. */
interface Block {
  readonly get: (key: string) => unknown
  readonly set: (key: string, value: string) => unknown
  readonly execAsPipeline: () => Promise<unknown>
}

const nodePipeline = async (block: Block, items: ReadonlyArray<Item>): Promise<ReadonlyArray<unknown>> => {
  for (const { key, value } of items) {
    if (value === undefined) block.get(key)
    else block.set(key, value)
  }
  const replies = await block.execAsPipeline()
  return Array.isArray(replies) ? replies : []
}

const nodeRedis =
  (options: { readonly grouped: boolean; readonly commandOptions: CommandOptions }): ManyDescription["connect"] =>
  async (target) => {
    const { commandOptions, grouped } = options
    const rootNodes = target.nodes.map((node) => ({ url: url(node) }))
    if (target.topology === "standalone") {
      const client = createClient({ ...rootNodes[0]!, commandOptions })
      await client.connect()
      const single = ({ key, value }: Item): Promise<unknown> =>
        value === undefined ? client.get(key) : client.set(key, value)
      return fromPromises({
        mget: (keys) => client.mGet([...keys]),
        batch: (items) => (grouped ? nodePipeline(client.multi(), items) : Promise.all(items.map(single))),
        close: () => client.close()
      })
    }
    const cluster = createCluster({ rootNodes, commandOptions })
    await cluster.connect()
    const single = ({ key, value }: Item): Promise<unknown> =>
      value === undefined ? cluster.get(key) : cluster.set(key, value)
    const slot = slotTable()
    const inPipelines = (items: ReadonlyArray<Item>) =>
      inGroups(
        items,
        (item) => cluster.slots[slot(item)]!.master,
        async (node, of) => nodePipeline((await cluster.nodeClient(node)).multi(), of)
      )
    const batch = grouped ? inPipelines : (items: ReadonlyArray<Item>) => Promise.all(items.map(single))
    return fromPromises({ mget: (keys) => batch(reads(keys)), batch, close: () => cluster.close() })
  }

/** Milliseconds. The default of 250 ms rejects commands on a machine that is busy for a moment. */
const REQUEST_TIMEOUT = 10_000

const glide: ManyDescription["connect"] = async (target) => {
  const configuration = {
    addresses: target.nodes.map(({ host, port }) => ({ host, port })),
    requestTimeout: REQUEST_TIMEOUT
  }
  const fill = <B extends Batch | ClusterBatch>(block: B, items: ReadonlyArray<Item>): B => {
    for (const { key, value } of items) {
      if (value === undefined) block.get(key)
      else block.set(key, value)
    }
    return block
  }
  if (target.topology === "standalone") {
    const client = await GlideClient.createClient(configuration)
    return fromPromises({
      mget: (keys) => client.mget([...keys]),
      batch: async (items) => (await client.exec(fill(new Batch(false), items), true)) ?? [],
      close: async () => client.close()
    })
  }
  const cluster = await GlideClusterClient.createClient(configuration)
  return fromPromises({
    mget: (keys) => cluster.mget([...keys]),
    batch: async (items) => (await cluster.exec(fill(new ClusterBatch(false), items), true)) ?? [],
    close: async () => cluster.close()
  })
}

export const CLIENTS = {
  reef: { package: "@reef-redis/node", how: "mGet, pipeline", connect: reef(false) },
  "reef-each": {
    package: "@reef-redis/node",
    how: "Effect.forEach of single commands, unbounded",
    only: "batch",
    connect: reef(true)
  },
  ioredis: {
    package: "ioredis",
    how: "Promise.all of single commands (standalone: mget)",
    connect: ioredis({ auto: false, grouped: false })
  },
  "ioredis-auto": {
    package: "ioredis",
    how: "the same with enableAutoPipelining",
    connect: ioredis({ auto: true, grouped: false })
  },
  "ioredis-grouped": {
    package: "ioredis",
    how: "one pipeline for each node, grouped by hand (standalone: mget)",
    connect: ioredis({ auto: false, grouped: true })
  },
  "node-redis": {
    package: "redis",
    how: "Promise.all of single commands (standalone: mGet)",
    connect: nodeRedis({ grouped: false, commandOptions: {} })
  },
  "node-redis-untimed": {
    package: "redis",
    how: "the same with commandOptions: { timeout: undefined }",
    connect: nodeRedis({ grouped: false, commandOptions: UNTIMED })
  },
  "node-redis-grouped": {
    package: "redis",
    how: "untimed, one execAsPipeline for each node, grouped by hand (standalone: mGet)",
    connect: nodeRedis({ grouped: true, commandOptions: UNTIMED })
  },
  glide: { package: "@valkey/valkey-glide", how: "mget, exec of a batch that is not atomic", connect: glide }
} satisfies Readonly<Record<string, ManyDescription>>

export type ManyClientName = keyof typeof CLIENTS

export const CLIENT_NAMES = Object.keys(CLIENTS) as ReadonlyArray<ManyClientName>

export const describeMany = (name: ManyClientName): ManyDescription => CLIENTS[name]
