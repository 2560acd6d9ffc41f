/** The signatures of all constructors with their doc comments, as the sources of the groups declare them. */
import * as path from "node:path"
import {
  type InterfaceDeclaration,
  isInterfaceDeclaration,
  isMethodSignatureDeclaration,
  isTypeReferenceNode,
  type MethodSignatureDeclaration,
  type Node,
  type SourceFile
} from "typescript/unstable/ast"
import { API } from "typescript/unstable/sync"

export interface Signature {
  readonly name: string
  /** With type parameters and parameters, on one line. */
  readonly call: string
  readonly reply: string
  /** `undefined` if it is the same. */
  readonly bytes: string | undefined
  readonly doc: string
}

export interface Group {
  /** Such as `HashExpiry`. */
  readonly name: string
  readonly signatures: ReadonlyArray<Signature>
}

const CLIENT = path.resolve(import.meta.dirname, "../..")
const INTERFACE = /^(\w+)Commands$/

const onOneLine = (text: string): string =>
  text
    .trim()
    .replace(/\s+/g, " ")
    .replace(/([(<[]) | (?=[)>\]])/g, "$1")

/** The text of a doc comment without its stars. Tags are not for a reader of a page. */
const docOf = (trivia: string): string => {
  const comment = /\/\*\*([\s\S]*?)\*\/\s*$/.exec(trivia)?.[1] ?? ""
  return onOneLine(comment.replace(/^\s*\*/gm, "").replace(/\{@link ([^}|]+)\}/g, "`$1`"))
}

const signatureOf = (file: SourceFile, member: MethodSignatureDeclaration): Signature => {
  const text = (node: Node) => onOneLine(file.text.slice(node.getStart(file), node.end))
  const { type } = member
  const start = member.getStart(file)
  if (type === undefined || !isTypeReferenceNode(type) || type.typeArguments === undefined) {
    throw new Error(`${file.text.slice(start, member.end)}: expected a result of type Kind`)
  }
  const [, reply, bytes] = type.typeArguments.map(text)
  return {
    name: text(member.name),
    call: onOneLine(file.text.slice(start, type.pos)).replace(/ ?:$/, ""),
    reply: reply!,
    bytes: bytes === reply ? undefined : bytes,
    doc: docOf(file.text.slice(member.pos, start))
  }
}

/** The names in the `extends` clause of `Commands`, which are in the order of the page. */
const orderOf = (file: SourceFile): ReadonlyArray<string> => {
  const whole = file.statements.find(
    (statement): statement is InterfaceDeclaration =>
      isInterfaceDeclaration(statement) && statement.name.text === "Commands"
  )
  const clause = file.text.slice(whole?.name.end ?? 0, whole?.members.pos ?? 0)
  return [...clause.matchAll(/(\w+Commands)</g)].map((match) => match[1]!)
}

/** All groups, in the order in which they are put together. */
export const readGroups = (): ReadonlyArray<Group> => {
  const api = new API({ cwd: CLIENT })
  try {
    const project = api
      .updateSnapshot({ openProjects: [path.join(CLIENT, "tsconfig.json")] })
      .getProject(path.join(CLIENT, "tsconfig.json"))
    if (project === undefined) throw new Error("the client's project does not open")
    const files = project.program
      .getSourceFileNames()
      .filter((name) => path.dirname(name) === path.join(CLIENT, "src", "command"))
      .flatMap((name) => project.program.getSourceFile(name) ?? [])
    const order = orderOf(files.find(({ fileName }) => path.basename(fileName) === "Commands.ts")!)
    const groups = files.flatMap((file) =>
      file.statements.flatMap((statement) => {
        if (!isInterfaceDeclaration(statement)) return []
        const name = INTERFACE.exec(statement.name.text)?.[1]
        if (name === undefined) return []
        const members = statement.members.filter(isMethodSignatureDeclaration)
        return [{ name, signatures: members.map((member) => signatureOf(file, member)) }]
      })
    )
    const rank = ({ name }: Group) =>
      order.includes(`${name}Commands`) ? order.indexOf(`${name}Commands`) : order.length
    return groups.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
  } finally {
    api.close()
  }
}
