/** A tracer that keeps its spans. */
import * as Effect from "effect/Effect"
import * as Tracer from "effect/Tracer"

export class Recorder {
  readonly spans: Array<Tracer.NativeSpan> = []
  private readonly tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      this.spans.push(span)
      return span
    }
  })

  /** Run under this tracer. */
  readonly under = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withTracer(effect, this.tracer)

  /** The attributes of each span. */
  get attributes(): ReadonlyArray<Readonly<Record<string, unknown>>> {
    return this.spans.map((span) => Object.fromEntries(span.attributes))
  }

  /** The names of the events of each span. */
  get events(): ReadonlyArray<ReadonlyArray<string>> {
    return this.spans.map((span) => span.events.map(([name]) => name))
  }
}
