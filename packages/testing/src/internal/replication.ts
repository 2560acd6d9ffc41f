/**
 * Judging from INFO whether a replica is attached to its primary. Pure.
 */

/** Seconds since a replica's last acknowledgement; it sends one per second, so that 1 is as good as it gets. */
const MAX_LAG_SECONDS = 1

type Info = ReadonlyMap<string, string>

/**
 * Why the replica is not ready; `undefined` if it is. It is when its primary says so and its own link is up. Neither is enough:
 * the link of Redis 7 is up before the primary counts the replica, and Valkey 9 counts it while it still loads the snapshot.
 */
export const attachmentFlaw = (
  primary: { readonly name: string; readonly info: Info },
  replica: { readonly name: string; readonly port: number; readonly info: Info }
): string | undefined => {
  for (const [name, value] of primary.info) {
    if (!/^(slave|replica)\d+$/.test(name)) continue
    const fields = new Map(value.split(",").map((pair) => [pair.split("=")[0], pair.split("=")[1]]))
    if (Number(fields.get("port")) !== replica.port) continue
    const online = fields.get("state") === "online" && Number(fields.get("lag")) <= MAX_LAG_SECONDS
    if (!online) return `${primary.name} says of ${replica.name}: ${value}`
    const link = replica.info.get("master_link_status")
    return link === "up" ? undefined : `${replica.name}: the link to its primary is ${link}`
  }
  return `${primary.name}: ${replica.name} has not attached yet`
}
