/** A tracer that keeps its spans, and what they and the metrics say. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

/** What a span tells an exporter. */
export interface Told {
  readonly name: string
  readonly parent: string | undefined
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: ReadonlyArray<readonly [name: string, attributes: Readonly<Record<string, unknown>>]>
  /** `success`, `interrupted`, `open`, or the error's message. */
  readonly end: string
}

const endOf = (status: Tracer.SpanStatus): string => {
  if (status._tag === "Started") return "open"
  if (Exit.isSuccess(status.exit)) return "success"
  if (Cause.hasInterruptsOnly(status.exit.cause)) return "interrupted"
  return Cause.prettyErrors(status.exit.cause)
    .map((error) => error.message)
    .join("; ")
}

export class Recorder {
  readonly spans: Array<Tracer.NativeSpan> = []
  readonly tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      this.spans.push(span)
      return span
    }
  })

  /** Run under this tracer. */
  readonly under = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withTracer(effect, this.tracer)

  /** What the spans say, but for ids and times. */
  get told(): ReadonlyArray<Told> {
    return this.spans.map((span) => {
      const parent = Option.getOrUndefined(span.parent)
      return {
        name: span.name,
        parent: parent === undefined ? undefined : parent._tag === "Span" ? parent.name : parent.spanId,
        attributes: Object.fromEntries(span.attributes),
        events: span.events.map(([name, , attributes]) => [name, attributes] as const),
        end: endOf(span.status)
      }
    })
  }

  /** Everything that any span holds, as one text. */
  get everything(): string {
    return JSON.stringify(this.told)
  }
}

/** The same effect with a registry of metrics of its own. */
export const withRegistry = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => Effect.provideService(effect, Metric.MetricRegistry, new Map()))

/** All series: name, attributes without those that every series of a client has, and what was counted. */
export const series: Effect.Effect<ReadonlyArray<readonly [name: string, attributes: string, count: number]>> =
  Effect.map(Metric.snapshot, (snapshots) =>
    snapshots.map(({ attributes, id, state }) => {
      const own = Object.entries(attributes ?? {}).filter(
        ([key]) => key !== "unit" && key !== "db.system.name" && key !== "db.namespace"
      )
      const text = own.map(([key, value]) => `${key}=${value}`).join(" ")
      return [id, text, (state as { readonly count: number }).count] as const
    })
  )
