/**
 * What one node of a cluster believes about the whole of it: CLUSTER NODES and CLUSTER INFO as plain data. Pure.
 *
 * @since 0.1.0
 */

/**
 * A run of consecutive hash slots, both ends included (0 to 16383).
 *
 * @category models
 * @since 0.1.0
 */
export interface SlotRange {
  readonly start: number
  readonly end: number
}

/**
 * A slot that is being moved, as seen by one of the two nodes concerned.
 *
 * @category models
 * @since 0.1.0
 */
export interface OpenSlot {
  readonly slot: number
  /** `migrating` away to, or `importing` from, the node `peerId`. */
  readonly direction: "migrating" | "importing"
  readonly peerId: string
}

/**
 * A node as another one (or itself) describes it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterMember {
  readonly id: string
  /** May be empty: a node that nobody has met yet does not know its own address. */
  readonly host: string
  readonly port: number
  readonly role: "primary" | "replica"
  /** Node id of a replica's primary. */
  readonly primaryId: string | undefined
  /** As the server writes them: `myself`, `fail?`, `fail`, `handshake`, `noaddr` … */
  readonly flags: ReadonlyArray<string>
  readonly configEpoch: number
  readonly connected: boolean
  readonly slots: ReadonlyArray<SlotRange>
  readonly open: ReadonlyArray<OpenSlot>
}

/**
 * The view of one node.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterView {
  /** Port of the node that was asked; nodes of one harness all listen on 127.0.0.1. */
  readonly port: number
  readonly state: "ok" | "fail"
  readonly currentEpoch: number
  readonly members: ReadonlyArray<ClusterMember>
}

/** Number of hash slots of every cluster (cluster specification). */
export const SLOT_COUNT = 16_384

const OPEN_SLOT = /^\[(\d+)-([<>])-([^\]]+)\]$/

/**
 * Parses the fields of INFO or CLUSTER INFO.
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseInfo = (text: string): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":")
    if (colon > 0 && !line.startsWith("#")) fields.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return fields
}

/** `host:port@clusterPort[,hostname[,shard-id=…]]`; the host may be empty or contain colons (IPv6). */
const parseAddress = (address: string): { readonly host: string; readonly port: number } => {
  const plain = address.split(",")[0]!.split("@")[0]!
  const colon = plain.lastIndexOf(":")
  return { host: plain.slice(0, colon), port: Number(plain.slice(colon + 1)) }
}

const parseMember = (line: string): ClusterMember | undefined => {
  const [id, address, flagList, primaryId, , , configEpoch, link, ...places] = line.split(" ")
  if (id === undefined || address === undefined || flagList === undefined || link === undefined) return undefined
  const flags = flagList.split(",")
  const slots: Array<SlotRange> = []
  const open: Array<OpenSlot> = []
  for (const place of places) {
    const match = OPEN_SLOT.exec(place)
    if (match !== null) {
      open.push({
        slot: Number(match[1]),
        direction: match[2] === ">" ? "migrating" : "importing",
        peerId: match[3]!
      })
      continue
    }
    const [start, end = start] = place.split("-")
    slots.push({ start: Number(start), end: Number(end) })
  }
  return {
    id,
    ...parseAddress(address),
    role: flags.includes("master") ? "primary" : "replica",
    primaryId: primaryId === "-" ? undefined : primaryId,
    flags,
    configEpoch: Number(configEpoch),
    connected: link === "connected",
    slots,
    open
  }
}

/**
 * Parses the reply of CLUSTER NODES (the format of Redis 4.0 to 8 and Valkey 8 to 9).
 *
 * @category parsers
 * @since 0.1.0
 */
export const parseMembers = (text: string): ReadonlyArray<ClusterMember> =>
  text.split("\n").flatMap((line) => parseMember(line.trimEnd()) ?? [])

/**
 * The line of the node that was asked.
 *
 * @category accessors
 * @since 0.1.0
 */
export const myself = (view: ClusterView): ClusterMember | undefined =>
  view.members.find((member) => member.flags.includes("myself"))

/**
 * The member that owns the slot in this view, if any does.
 *
 * @category accessors
 * @since 0.1.0
 */
export const ownerOf = (view: ClusterView, slot: number): ClusterMember | undefined =>
  view.members.find((member) => member.slots.some((range) => range.start <= slot && slot <= range.end))

/**
 * The slot map of a view in a form in which equal maps are equal strings: `start-end=id` per run of slots.
 *
 * @category accessors
 * @since 0.1.0
 */
export const slotMap = (view: ClusterView): string =>
  view.members
    .flatMap((member) => member.slots.map((range) => ({ ...range, id: member.id })))
    .sort((a, b) => a.start - b.start)
    .map((range) => `${range.start}-${range.end}=${range.id}`)
    .join(" ")

/**
 * How many slots somebody owns in this view.
 *
 * @category accessors
 * @since 0.1.0
 */
export const coveredSlots = (view: ClusterView): number =>
  view.members.flatMap((member) => member.slots).reduce((sum, range) => sum + range.end - range.start + 1, 0)
