/** What a collector was sent over OTLP/HTTP in JSON, and what it says of Redis. */

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: number; readonly doubleValue?: number }
}

interface Span {
  readonly name: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: ReadonlyArray<Attribute>
}

interface Point {
  readonly attributes: ReadonlyArray<Attribute>
  readonly count?: number
}

interface Metric {
  readonly name: string
  readonly unit?: string
  readonly histogram?: { readonly dataPoints: ReadonlyArray<Point> }
}

/** The two kinds of request that are read here (opentelemetry-proto). */
interface Sent {
  readonly resourceSpans?: ReadonlyArray<{
    readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<Span> }>
  }>
  readonly resourceMetrics?: ReadonlyArray<{
    readonly scopeMetrics: ReadonlyArray<{ readonly metrics: ReadonlyArray<Metric> }>
  }>
}

/** What is shown of a span: all but addresses, which differ from run to run. */
const SHOWN = ["db.operation.batch.size", "db.query.text", "db.response.status_code"]

const valueOf = (attributes: ReadonlyArray<Attribute>, name: string): string | number | undefined => {
  const value = attributes.find(({ key }) => key === name)?.value
  return value?.stringValue ?? value?.intValue ?? value?.doubleValue
}

export class Collected {
  private readonly spans: Array<Span> = []
  /** By name: each report of a metric is of all its series. */
  private readonly metrics = new Map<string, Metric>()
  private text = ""

  /** Take the body of a request. */
  add(path: string, body: Sent): void {
    this.text += JSON.stringify(body)
    if (path.endsWith("/v1/traces")) {
      for (const { scopeSpans } of body.resourceSpans ?? []) {
        for (const { spans } of scopeSpans) this.spans.push(...spans)
      }
    }
    if (path.endsWith("/v1/metrics")) {
      for (const { scopeMetrics } of body.resourceMetrics ?? []) {
        for (const { metrics } of scopeMetrics) for (const metric of metrics) this.metrics.set(metric.name, metric)
      }
    }
  }

  /** The spans under their parents, the durations by operation, and whether a value was sent. */
  report(): ReadonlyArray<string> {
    const byId = new Map(this.spans.map((span) => [span.spanId, span.name]))
    const lines = this.spans.map(({ attributes, name, parentSpanId }) => {
      const shown = SHOWN.flatMap((key) => {
        const value = valueOf(attributes, key)
        return value === undefined ? [] : [`${key}=${value}`]
      })
      const parent = parentSpanId === undefined ? "" : ` under ${byId.get(parentSpanId)}`
      return `span ${name}${parent}${shown.map((each) => ` ${each}`).join("")}`
    })
    const durations = this.metrics.get("db.client.operation.duration")
    for (const { attributes, count } of durations?.histogram?.dataPoints ?? []) {
      const failed = valueOf(attributes, "error.type")
      const operation = `${valueOf(attributes, "db.operation.name")}${failed === undefined ? "" : ` ${failed}`}`
      lines.push(`durations of ${operation} in ${durations?.unit}: ${count}`)
    }
    return [...lines, `values sent: ${this.text.includes("nobody else") ? "yes" : "no"}`]
  }
}
