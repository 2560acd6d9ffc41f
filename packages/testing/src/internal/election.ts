/**
 * When a node may be elected again. A server that has asked for votes does not ask again before twice its authorisation
 * time-out has passed, won or not; a manual failover meanwhile is silently given up after having paused the old primary's
 * clients for five seconds. So the harness waits before it asks.
 */

/** Lower bound of the authorisation time-out, which otherwise is twice the node timeout (`clusterHandleSlaveFailover`). */
const MIN_AUTH_TIMEOUT_MILLIS = 2_000
/** The log has milliseconds; the server's cron looks ten times a second. */
const MARGIN_MILLIS = 100
/** `123:S 20 Nov 2026 23:00:12.434 # Starting a failover election for epoch 11.`; the time is local. */
const ELECTION_LINE = /^\d+:\w (\d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2}\.\d{3}) .*Starting a failover election/gm

/** Milliseconds until the server that wrote this log may ask for votes again; 0 if it may at once. */
export const electionPause = (log: string, nodeTimeoutMillis: number, now: number): number => {
  const last = [...log.matchAll(ELECTION_LINE)].at(-1)
  if (last === undefined) return 0
  const again = Date.parse(last[1]!) + 2 * Math.max(2 * nodeTimeoutMillis, MIN_AUTH_TIMEOUT_MILLIS) + MARGIN_MILLIS
  return Math.max(0, again - now)
}
