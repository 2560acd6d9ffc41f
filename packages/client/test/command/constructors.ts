/**
 * All constructors of commands that the tables of tests go through: those of `Command`, and those of the namespaces, which are named
 * with their namespace (`VectorSet.vAdd`).
 */
import type { AsCommand, Command } from "../../src/command/Command.ts"
import { type Commands, commands } from "../../src/command/Commands.ts"
import { Sentinel } from "../../src/Sentinel.ts"
import * as VectorSet from "../../src/VectorSet.ts"

/** The namespaces whose functions are constructors. */
export const namespaces = { Sentinel, VectorSet }

type Namespaces = typeof namespaces

export type Constructors = Commands<AsCommand> & Namespaces

export type ConstructorName =
  | keyof Commands<AsCommand>
  | { [N in keyof Namespaces]: `${N}.${Extract<keyof Namespaces[N], string>}` }[keyof Namespaces]

export type Constructor = (...args: ReadonlyArray<unknown>) => Command<unknown, unknown>

type Wrap = (name: string, constructor: Constructor) => Constructor

const wrapAll = (constructors: object, prefix: string, wrap: Wrap): object =>
  Object.fromEntries(
    Object.entries(constructors)
      .filter(([, value]) => typeof value === "function")
      .map(([name, constructor]) => [name, wrap(`${prefix}${name}`, constructor as Constructor)])
  )

const wrapped = (wrap: Wrap): Constructors =>
  ({
    ...wrapAll(commands, "", wrap),
    ...Object.fromEntries(Object.entries(namespaces).map(([name, space]) => [name, wrapAll(space, `${name}.`, wrap)]))
  }) as unknown as Constructors

/** Every constructor by its name. */
export const constructors: ReadonlyArray<readonly [name: string, constructor: Constructor]> = (() => {
  const all: Array<readonly [string, Constructor]> = []
  wrapped((name, constructor) => {
    all.push([name, constructor])
    return constructor
  })
  return all
})()

/** The constructors, noting in `names` which are used; `made` is told of each command and its constructor. */
export const noting = (
  names: Set<string>,
  made: (command: Command<unknown, unknown>, name: string) => void = () => {}
): Constructors =>
  wrapped((name, constructor) => (...args) => {
    names.add(name)
    const command = constructor(...args)
    made(command, name)
    return command
  })
