/**
 * Metrics that are read where the truth is, when somebody looks: they cost nothing in between, and cannot drift. Several clients that report
 * under the same name are added up.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Metric from "effect/Metric"

type Source = () => number

interface Shared {
  readonly sources: Set<Source>
  readonly registration: Metric.Registration
}

// A registry has one metric under a name, whoever made it: without a common place the last client would hide the others.
const shared = new WeakMap<Metric.MetricRegistry, Map<string, Shared>>()

const ignore = (): void => {}

/**
 * Report the sum of all sources of that name and attributes, until the function that it gives is called.
 *
 * @category constructors
 * @since 0.1.0
 */
export const poll = (metric: Metric.Counter<number>, context: Context.Context<never>, source: Source): (() => void) => {
  const registry = Context.get(context, Metric.MetricRegistry)
  const key = JSON.stringify([metric.id, metric.attributes, Context.get(context, Metric.CurrentMetricAttributes)])
  let known = shared.get(registry)
  if (known === undefined) {
    known = new Map()
    shared.set(registry, known)
  }
  const all = known
  let entry = all.get(key)
  if (entry === undefined) {
    const sources = new Set<Source>()
    const get = () => {
      let count = 0
      for (const each of sources) count += each()
      return { count, incremental: false }
    }
    entry = { sources, registration: Metric.registerUnsafe(metric, context, { get, update: ignore, modify: ignore }) }
    all.set(key, entry)
  }
  const { registration, sources } = entry
  sources.add(source)
  return () => {
    if (!sources.delete(source) || sources.size > 0) return
    registration.remove()
    all.delete(key)
  }
}
