/**
 * The plain text that servers describe themselves in: lines of `name:value`, words of `name=value`. Records have no prototype, so
 * that no name is special.
 *
 * @since 0.1.0
 */

/** A record of text without a prototype. */
export type TextRecord = Readonly<Record<string, string>>

const add = (record: Record<string, string>, part: string, separator: string): void => {
  const at = part.indexOf(separator)
  if (at > 0) record[part.slice(0, at)] = part.slice(at + 1)
}

const emptyRecord = <A>(): Record<string, A> => Object.create(null)

/** The lines of a text that are not empty. */
export const linesOf = (text: string): Array<string> => text.split(/\r?\n/).filter((line) => line !== "")

/** Lines of `name:value`. */
export const fieldsOfLines = (text: string): TextRecord => {
  const fields = emptyRecord<string>()
  for (const line of linesOf(text)) add(fields, line, ":")
  return fields
}

/** Words of `name=value`. */
export const fieldsOfWords = (line: string): TextRecord => {
  const fields = emptyRecord<string>()
  for (const word of line.split(" ")) add(fields, word, "=")
  return fields
}

/** Sections that begin with `# Name`, each of lines `name:value`; the names of sections in lower case. */
export const sectionsOf = (text: string): Record<string, TextRecord> => {
  const sections = emptyRecord<Record<string, string>>()
  let current: Record<string, string> | undefined
  for (const line of linesOf(text)) {
    if (line.startsWith("# ")) {
      current = emptyRecord<string>()
      sections[line.slice(2).toLowerCase()] = current
    } else if (current !== undefined) {
      add(current, line, ":")
    }
  }
  return sections
}

/** A whole number that a field must hold, NaN if it does not. */
export const integerOf = (text: string | undefined): number =>
  text !== undefined && /^-?\d+$/.test(text) ? Number(text) : Number.NaN
