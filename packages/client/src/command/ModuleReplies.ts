/**
 * What a server says of its modules.
 *
 * @since 0.1.0
 */
import { type OtherFields, Report } from "./OtherFields.ts"
import * as Reply from "./Reply.ts"

/**
 * A module that a server has loaded.
 *
 * @category models
 * @since 0.1.0
 */
export interface LoadedModule {
  readonly name: string
  readonly version: number
  /** Its file; `undefined` for a module that is part of the server. Since 7.0. */
  readonly path: string | undefined
  /** What it was loaded with. Since 7.0. */
  readonly arguments: ReadonlyArray<string>
  /** What has no name here, by the servers' own names. */
  readonly fields: OtherFields
}

const strings = Reply.array(Reply.string).text

/** The reply of MODULE LIST. @category replies @since 0.1.0 */
export const moduleList: Reply.Reply<Array<LoadedModule>> = Reply.same((reply) =>
  Reply.elementsOf(reply).map((module) => {
    const report = new Report(module)
    return {
      name: Reply.string.text(report.take("name")),
      version: Reply.integer.text(report.take("ver")),
      path: Reply.optionalString.text(report.take("path")) || undefined,
      arguments: strings(report.take("args") ?? []),
      fields: report.rest()
    }
  })
)
