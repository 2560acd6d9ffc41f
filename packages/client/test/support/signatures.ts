/** The signatures of all constructors with their doc comments, as the sources of the groups declare them. */
import * as path from "node:path"
import {
  isArrowFunction,
  isInterfaceDeclaration,
  isMethodSignatureDeclaration,
  isTypeReferenceNode,
  isVariableStatement,
  type MethodSignatureDeclaration,
  type Node,
  type SourceFile,
  type TypeNode
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

const textOf = (file: SourceFile, node: Node) => onOneLine(file.text.slice(node.getStart(file), node.end))

/** The text and bytes views in `Kind<F, A, B>` (or `MultiSlotKind`) or `Command<A, B>`. */
const viewsOf = (file: SourceFile, type: TypeNode | undefined, name: "Kind" | "Command") => {
  if (type === undefined || !isTypeReferenceNode(type) || type.typeArguments === undefined) return undefined
  if (textOf(file, type.typeName).replace(/^MultiSlot/, "") !== name) return undefined
  const [reply, bytes] = type.typeArguments.slice(name === "Kind" ? 1 : 0).map((argument) => textOf(file, argument))
  return reply === undefined ? undefined : { reply, bytes: bytes === reply ? undefined : bytes }
}

/** `name(a: A): Kind<F, A, B>` in an interface. */
const signatureOf = (file: SourceFile, member: MethodSignatureDeclaration): Signature => {
  const start = member.getStart(file)
  const views = viewsOf(file, member.type, "Kind")
  if (member.type === undefined || views === undefined) {
    throw new Error(`${file.text.slice(start, member.end)}: expected a result of type Kind`)
  }
  return {
    name: textOf(file, member.name),
    call: onOneLine(file.text.slice(start, member.type.pos)).replace(/ ?:$/, ""),
    ...views,
    doc: docOf(file.text.slice(member.pos, start))
  }
}

/** An overload without a doc comment has that of the one before. */
const documented = (signatures: ReadonlyArray<Signature>): ReadonlyArray<Signature> => {
  let before: Signature | undefined
  return signatures.map((signature) => {
    const inherited = signature.doc === "" && signature.name === before?.name ? before.doc : signature.doc
    before = { ...signature, doc: inherited }
    return before
  })
}

/** `export const name = (a: A): Command<A, B> => …` of a namespace's functions. */
const functionsOf = (file: SourceFile, namespace: string, names: ReadonlyArray<string>): ReadonlyArray<Signature> =>
  file.statements.flatMap((statement) => {
    if (!isVariableStatement(statement)) return []
    const [declaration] = statement.declarationList.declarations
    const { initializer, name } = declaration!
    if (initializer === undefined || !isArrowFunction(initializer) || !names.includes(textOf(file, name))) return []
    const views = viewsOf(file, initializer.type, "Command")
    if (initializer.type === undefined || views === undefined) return []
    const parameters = onOneLine(file.text.slice(initializer.getStart(file), initializer.type.pos)).replace(/ ?:$/, "")
    const full = `${namespace}.${textOf(file, name)}`
    const doc = docOf(file.text.slice(statement.pos, statement.getStart(file)))
    return [{ name: full, call: `${full}${parameters}`, ...views, doc }]
  })

const REEXPORT = /^export \{([^}]*)\} from "\.\/command\/(\w+\.ts)"/gm

/** The modules at the root that hand on constructors under their own name, as VectorSet does. */
const namespacesOf = (files: ReadonlyArray<SourceFile>): ReadonlyArray<Group> =>
  files
    .filter(({ fileName }) => path.dirname(fileName) === path.join(CLIENT, "src"))
    .flatMap(({ fileName, text }) => {
      const name = path.basename(fileName, ".ts")
      const signatures = Array.from(text.matchAll(REEXPORT)).flatMap(([, list = "", from]) => {
        const file = files.find((each) => each.fileName === path.join(CLIENT, "src", "command", from!))
        const names = list.split(",").map((each) => each.trim())
        return file === undefined ? [] : functionsOf(file, name, names)
      })
      return signatures.length === 0 ? [] : [{ name, signatures }]
    })

/** The modules that put groups together, in the order of the page. */
const TOGETHER = ["SharedCommands.ts", "ConnectionStateCommands.ts", "Administration.ts"]

/** The names in the `extends` clause of such a module. */
const orderOf = (file: SourceFile): ReadonlyArray<string> =>
  file.statements.filter(isInterfaceDeclaration).flatMap((whole) => {
    const clause = file.text.slice(whole.name.end, whole.members.pos)
    return [...clause.matchAll(/(\w+Commands)</g)].map((match) => match[1]!)
  })

/** The signature of a function of a namespace. */
const within =
  (namespace: string) =>
  (signature: Signature): Signature => ({
    ...signature,
    name: `${namespace}.${signature.name}`,
    call: `${namespace}.${signature.call}`
  })

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
      .filter((name) => name.startsWith(path.join(CLIENT, "src") + path.sep))
      .flatMap((name) => project.program.getSourceFile(name) ?? [])
    const order = TOGETHER.flatMap((name) => orderOf(files.find(({ fileName }) => path.basename(fileName) === name)!))
    const groups = files.flatMap((file) =>
      file.statements.flatMap((statement) => {
        if (!isInterfaceDeclaration(statement)) return []
        const name = INTERFACE.exec(statement.name.text)?.[1]
        if (name === undefined) return []
        const members = statement.members.filter(isMethodSignatureDeclaration)
        if (members.length === 0) return []
        const signatures = documented(members.map((member) => signatureOf(file, member)))
        // What is no part of `Commands` is a namespace.
        return [{ name, signatures: order.includes(`${name}Commands`) ? signatures : signatures.map(within(name)) }]
      })
    )
    const rank = ({ name }: Group) =>
      order.includes(`${name}Commands`) ? order.indexOf(`${name}Commands`) : order.length
    return [...groups, ...namespacesOf(files)].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
  } finally {
    api.close()
  }
}
