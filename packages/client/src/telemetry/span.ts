/**
 * Spans by the tracer of a fiber, without an Effect around each command: what `Effect.useSpan` does, from plain code.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"

/** The moment of everything in a span that is not timed. */
const UNTIMED = BigInt(0)

/**
 * The clock of a fiber's spans; `undefined` where they shall not be timed.
 *
 * @category getters
 * @since 0.1.0
 */
export const spanClock = (fiber: Fiber.Fiber<unknown, unknown>): Clock.Clock | undefined =>
  fiber.getRef(References.TracerTimingEnabled) ? fiber.getRef(Clock.Clock) : undefined

/**
 * The moment for a span's start, event or end.
 *
 * @category getters
 * @since 0.1.0
 */
export const momentBy = (clock: Clock.Clock | undefined): bigint => clock?.currentTimeNanosUnsafe() ?? UNTIMED

/** The nearest span that may be a parent. */
const parentOf = (span: Tracer.AnySpan | undefined): Option.Option<Tracer.AnySpan> => {
  if (span === undefined) return Option.none()
  if (!Context.get(span.annotations, Tracer.DisablePropagation)) return Option.some(span)
  return span._tag === "Span" ? parentOf(Option.getOrUndefined(span.parent)) : Option.none()
}

/**
 * A client span by the fiber's tracer, under the fiber's span. `undefined` where nobody would see it: no tracer was installed, or tracing
 * is disabled for this part of the program.
 *
 * @category constructors
 * @since 0.1.0
 */
export const startSpan = (
  fiber: Fiber.Fiber<unknown, unknown>,
  name: string,
  clock: Clock.Clock | undefined
): Tracer.Span | undefined => {
  const { span: current, tracer, tracerEnabled } = fiber.cache
  if (tracer === undefined || !tracerEnabled) return undefined
  const parent = parentOf(current)
  const sampled =
    Option.isSome(parent) && !parent.value.sampled
      ? false
      : !LogLevel.isGreaterThan(fiber.getRef(Tracer.MinimumTraceLevel), fiber.getRef(Tracer.CurrentTraceLevel))
  const span = tracer.span({
    name,
    parent,
    annotations: Context.empty(),
    links: fiber.getRef(References.TracerSpanLinks).slice(),
    startTime: momentBy(clock),
    kind: "client",
    root: false,
    sampled
  })
  const annotations = fiber.getRef(References.TracerSpanAnnotations)
  for (const key in annotations) span.attribute(key, annotations[key])
  return span
}
