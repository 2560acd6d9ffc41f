import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import type { RedisError } from "../../src/error/RedisError.ts"
import type { Message, SubscriptionEvent } from "../../src/pubsub/Message.ts"
import type { KeyNotification } from "../../src/pubsub/Notification.ts"
import type { SubscribeOptions } from "../../src/pubsub/SubscribeOptions.ts"
import { RedisPubSub, type RedisPubSubService } from "../../src/RedisPubSub.ts"

declare const pubSub: RedisPubSubService
declare const some: SubscribeOptions
declare const asEither: { readonly as: "text" | "bytes" }

type Live<A> = Effect.Effect<Stream.Stream<A, RedisError>, RedisError, Scope.Scope>

// What these tests say is checked by the compiler; nothing of it is run.
const unrun = (_: () => void): void => {}

describe("the types of subscriptions", () => {
  it("acquiring is an effect within a scope, receiving a stream of text", () => {
    unrun(() => {
      expectTypeOf(pubSub.subscribe("a")).toEqualTypeOf<Live<Message>>()
      expectTypeOf(pubSub.pSubscribe(["a*", new Uint8Array()])).toEqualTypeOf<Live<Message>>()
      expectTypeOf(pubSub.sSubscribe("a", { capacity: 10 })).toEqualTypeOf<Live<Message>>()
    })
  })

  it("options decide what names and payloads are, and whether events stand among them", () => {
    unrun(() => {
      expectTypeOf(pubSub.subscribe("a", { as: "bytes" })).toEqualTypeOf<Live<Message<Uint8Array, Uint8Array>>>()
      expectTypeOf(pubSub.subscribe("a", { schema: Schema.FiniteFromString })).toEqualTypeOf<Live<Message<number>>>()
      expectTypeOf(pubSub.subscribe("a", { events: true })).toEqualTypeOf<Live<Message | SubscriptionEvent>>()
      expectTypeOf(pubSub.subscribe("a", { events: false })).toEqualTypeOf<Live<Message>>()
    })
  })

  it("options that are known only at run time give all that may come", () => {
    unrun(() => {
      expectTypeOf(pubSub.subscribe("a", some)).toEqualTypeOf<
        Live<Message<unknown, string | Uint8Array> | SubscriptionEvent<string | Uint8Array>>
      >()
      expectTypeOf(pubSub.subscribe("a", asEither)).toEqualTypeOf<
        Live<Message<string | Uint8Array, string | Uint8Array>>
      >()
    })
  })

  it("notifications and lines of MONITOR are typed", () => {
    unrun(() => {
      expectTypeOf(pubSub.notifications({ keyspace: "a" })).toEqualTypeOf<Live<KeyNotification>>()
      expectTypeOf(pubSub.notifications({ keyevent: "del" }, { as: "bytes", events: true })).toEqualTypeOf<
        Live<KeyNotification<Uint8Array> | SubscriptionEvent<Uint8Array>>
      >()
      // @ts-expect-error a source names what it listens to
      pubSub.notifications({})
      // @ts-expect-error no such policy
      pubSub.subscribe("a", { overflow: "drop" })
    })
  })

  it("a listener gets what the stream has, and runs as the stream does", () => {
    unrun(() => {
      const run = (stream: Stream.Stream<Message<number>, RedisError>) =>
        RedisPubSub.listen(stream, (messages) => {
          expectTypeOf(messages).toEqualTypeOf<readonly [Message<number>, ...Array<Message<number>>]>()
        })
      expectTypeOf(run).returns.toEqualTypeOf<Effect.Effect<void, RedisError>>()
      // @ts-expect-error a subscription is acquired first
      RedisPubSub.listen(pubSub.monitor(), () => {})
    })
  })
})
