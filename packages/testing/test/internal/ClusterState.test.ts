import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type AskedNode, roleOf, stability, viewOf } from "../../src/internal/ClusterState.ts"
import { Waiting } from "../../src/internal/wait.ts"
import { ServerError } from "../../src/ServerError.ts"

const A = "a".repeat(40)
const B = "b".repeat(40)

interface Canned {
  readonly state?: "ok" | "fail"
  readonly nodes?: string
  readonly info?: string
  readonly process?: "running" | "stopped"
}

const primaryLine = (flags = "master", slots = "0-16383", link = "connected") =>
  `${A} 127.0.0.1:1@2 ${flags} - 0 0 1 ${link} ${slots}`.trimEnd()
const replicaLine = (flags = "slave", primary = A) => `${B} 127.0.0.1:3@4 ${flags} ${primary} 0 0 1 connected`
const online = "slave0:ip=127.0.0.1,port=3,state=online,offset=1,lag=1"

/** A primary on port 1 (0) or a replica on port 3 (1) that gives canned answers. */
const node = (index: 0 | 1, canned: Canned = {}): AskedNode => {
  const fail: AskedNode["fail"] = (reason, action, detail) =>
    Effect.fail(new ServerError({ reason, action, detail, log: "" }))
  const lines =
    index === 0 ? [primaryLine("myself,master"), replicaLine()] : [primaryLine(), replicaLine("myself,slave")]
  const answers = new Map([
    ["CLUSTER INFO", `cluster_state:${canned.state ?? "ok"}\r\ncluster_current_epoch:1\r\n`],
    ["CLUSTER NODES", canned.nodes ?? lines.join("\n")],
    ["INFO", canned.info ?? (index === 0 ? online : "master_link_status:up")]
  ])
  return {
    id: index === 0 ? A : B,
    name: `node-${index}`,
    port: index === 0 ? 1 : 3,
    stateNow: () => canned.process ?? "running",
    fail,
    ask: (args) => {
      const answer = answers.get(args.join(" "))
      return answer === undefined ? fail("ConnectionLost", args.join(" "), "refused") : Effect.succeed(answer)
    }
  }
}

const verdict = (primary: Canned, replica: Canned) =>
  Effect.map(stability([node(0, primary), node(1, replica)]), (result) =>
    result instanceof Waiting ? result.detail : undefined
  )

describe("stability", () => {
  it.effect("is content with a healthy cluster", () =>
    Effect.map(verdict({}, {}), (detail) => assert.strictEqual(detail, undefined))
  )

  it.effect.each<readonly [string, Canned, Canned]>([
    ["node-1: cluster_state:fail, 16384 slots have an owner, 0 nodes fail", {}, { state: "fail" }],
    ["node-0: only 16383 slots have an owner", { nodes: primaryLine("myself,master", "0-16382") }, {}],
    ["node-0: does not know node-1", { nodes: primaryLine("myself,master") }, {}],
    ["node-1: sees node-0 as fail?", {}, { nodes: `${primaryLine("master,fail?")}\n${replicaLine("myself,slave")}` }],
    ["node-0: sees node-1 as handshake", { nodes: `${primaryLine("myself,master")}\n${replicaLine("handshake")}` }, {}],
    [
      "node-1: has no link to node-0",
      {},
      { nodes: `${primaryLine("master", "0-16383", "disconnected")}\n${replicaLine("myself,slave")}` }
    ],
    ["node-0: node-1 has not attached yet", { info: "" }, {}],
    [
      "node-0 says of node-1: ip=::1,port=3,state=online,offset=1,lag=2",
      { info: "slave0:ip=::1,port=3,state=online,offset=1,lag=2" },
      {}
    ],
    [
      "node-0 says of node-1: ip=::1,port=3,state=send_bulk,offset=1,lag=0",
      { info: "slave0:ip=::1,port=3,state=send_bulk,offset=1,lag=0" },
      {}
    ],
    ["node-1: rewrites its append-only log", {}, { info: "master_link_status:up\r\naof_rewrite_in_progress:1" }],
    ["node-1: the link to its primary is down", {}, { info: "master_link_status:down" }],
    [
      "node-1 and node-0 disagree on slots or roles",
      { nodes: `${primaryLine("myself,master", "0-99")}\n${replicaLine("master").replace(A, "-")} 100-16383` },
      {}
    ],
    [`node-1: slots still belong to ${A}, which does not run`, { process: "stopped" }, {}],
    ["no node runs", { process: "stopped" }, { process: "stopped" }]
  ])("waits: %s", ([expected, primary, replica]) =>
    Effect.map(verdict(primary, replica), (detail) => assert.strictEqual(detail, expected))
  )

  it.effect("takes a node that does not answer for a reason to wait", () =>
    Effect.gen(function* () {
      const mute: AskedNode = { ...node(1), ask: (args) => node(1).fail("ConnectionLost", args.join(" "), "refused") }
      const result = yield* stability([node(0), mute])
      assert.instanceOf(result, Waiting)
      assert.include(result?.detail, "refused")
    })
  )
})

describe("viewOf", () => {
  const refusing = (detail: string, times: number): AskedNode => {
    let asked = 0
    const ask: AskedNode["ask"] = (args) =>
      Effect.suspend(() => (asked++ < times ? node(0).fail("ErrorReply", args.join(" "), detail) : node(0).ask(args)))
    return { ...node(0), ask }
  }

  it.effect("waits for a node that still reads its data", () =>
    Effect.map(viewOf(refusing("LOADING Redis is loading the dataset in memory", 5)), (view) =>
      assert.strictEqual(view.state, "ok")
    )
  )

  it.effect("fails for any other refusal", () =>
    Effect.map(Effect.flip(viewOf(refusing("NOPERM no", 1))), (error) => assert.include(error.message, "NOPERM"))
  )
})

describe("roleOf", () => {
  const answering = (reply: ReadonlyArray<string>): AskedNode => ({ ...node(0), ask: () => Effect.succeed(reply) })

  it.effect("speaks of primaries and replicas", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* roleOf(answering(["master"])), "primary")
      assert.strictEqual(yield* roleOf(answering(["slave", "h"])), "replica")
      assert.strictEqual((yield* Effect.flip(roleOf(answering(["sentinel"])))).reason, "UnexpectedReply")
    })
  )
})
