/**
 * The scripts of locks and semaphores. A lock is a semaphore of one permit.
 *
 * **Details**
 *
 * Four keys of one slot: the holders (a sorted set from token to expiry, in milliseconds of the server's clock), the last fencing token,
 * those who wait (a sorted set from token to until when they count), and a list of wake-ups. A permit that is given back while somebody
 * waits is kept back under a ticket for a short time; the ticket goes into the list, from which the one who has waited longest takes it:
 * newcomers cannot overtake who is being woken, and if that one is gone the permit is free again after that time.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Script from "../Script.ts"

const keys = ["holders", "fence", "waiting", "wake"] as const

/** How long a fencing token is remembered after its last use, in milliseconds: a week. Then it goes on from the server's clock. */
const FENCE_LIFE = 604_800_000

/** How long a permit is kept back for whoever takes the ticket, in milliseconds: a round trip or two of a slow network. */
const TICKET_LIFE = 500

/** What all of them begin with: the time, and no more holders whose time is over. */
const BEGIN = `
local time = redis.call("TIME")
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local text = function(number) return string.format("%.0f", number) end
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", text(now))
local keep = function()
  local last = redis.call("ZRANGE", KEYS[1], -1, -1, "WITHSCORES")
  if last[2] == "inf" then redis.call("PERSIST", KEYS[1])
  elseif last[2] then redis.call("PEXPIREAT", KEYS[1], text(tonumber(last[2]))) end
end`

/**
 * A permit if there is one, with its fencing token; else how long until the first one expires at the latest (-1 for never). Who has one already (and did not learn
 * it, since the reply was lost) gets a new one in its place.
 */
export const acquire = Script.make({
  keys,
  args: {
    token: Schema.String,
    permits: Schema.Number,
    /** Milliseconds, 0 for no end. */
    ttl: Schema.Number,
    /** Taken from the list of wake-ups, or empty. */
    ticket: Schema.String,
    /** For how long the caller counts as one who waits, in milliseconds; 0 for not at all. */
    patience: Schema.Number
  },
  lua: `${BEGIN}
if ARGV[4] ~= "" then redis.call("ZREM", KEYS[1], "ticket:" .. ARGV[4]) end
redis.call("ZREM", KEYS[1], ARGV[1])
if redis.call("ZCARD", KEYS[1]) < tonumber(ARGV[2]) then
  local fence = math.max(tonumber(redis.call("GET", KEYS[2]) or "0") + 1, micros)
  redis.call("SET", KEYS[2], text(fence), "PX", ${FENCE_LIFE})
  redis.call("ZADD", KEYS[1], ARGV[3] == "0" and "inf" or text(now + ARGV[3]), ARGV[1])
  keep()
  redis.call("ZREM", KEYS[3], ARGV[1])
  return { 1, text(fence) }
end
if ARGV[5] ~= "0" then
  redis.call("ZADD", KEYS[3], text(now + ARGV[5]), ARGV[1])
  local last = redis.call("ZRANGE", KEYS[3], -1, -1, "WITHSCORES")
  redis.call("PEXPIREAT", KEYS[3], text(tonumber(last[2])))
end
local first = redis.call("ZRANGE", KEYS[1], 0, 0, "WITHSCORES")
return { 0, first[2] == "inf" and "-1" or text(tonumber(first[2]) - now) }`,
  result: Schema.Tuple([Schema.Literals([0, 1]), Schema.NumberFromString])
})

/** Whether the token had a permit, which it has no longer. Who waits is woken. */
export const release = Script.make({
  keys,
  args: { token: Schema.String, permits: Schema.Number },
  lua: `${BEGIN}
local held = redis.call("ZREM", KEYS[1], ARGV[1])
redis.call("ZREM", KEYS[3], ARGV[1])
redis.call("ZREMRANGEBYSCORE", KEYS[3], "-inf", text(now))
if held == 1 and redis.call("ZCARD", KEYS[3]) > 0 and redis.call("ZCARD", KEYS[1]) < tonumber(ARGV[2]) then
  redis.call("ZADD", KEYS[1], text(now + ${TICKET_LIFE}), "ticket:" .. ARGV[1])
  redis.call("RPUSH", KEYS[4], ARGV[1])
  redis.call("PEXPIRE", KEYS[4], ${TICKET_LIFE})
end
keep()
return held`,
  result: Schema.Literals([0, 1])
})

/**
 * How long the permit is held from now on, in milliseconds; -1 if the token has none, -2 if it has one without an end. `renew` never makes it shorter, `set`
 * makes it exactly that, `add` adds to it.
 */
export const extend = Script.make({
  keys,
  args: { token: Schema.String, time: Schema.Number, how: Schema.Literals(["renew", "set", "add"]) },
  lua: `${BEGIN}
local score = redis.call("ZSCORE", KEYS[1], ARGV[1])
if not score then return -1 end
redis.call("PEXPIRE", KEYS[2], ${FENCE_LIFE})
if score == "inf" then return -2 end
local expiry = now + ARGV[2]
if ARGV[3] == "renew" then expiry = math.max(tonumber(score), expiry) end
if ARGV[3] == "add" then expiry = tonumber(score) + ARGV[2] end
redis.call("ZADD", KEYS[1], text(expiry), ARGV[1])
keep()
return expiry - now`,
  result: Schema.Int
})

/** How many permits are held, and whether the token has one of them. Asked of the primary: a replica may be behind. */
export const look = Script.make({
  keys,
  args: { token: Schema.String },
  lua: `
local time = redis.call("TIME")
local now = math.floor((time[1] * 1000000 + time[2]) / 1000)
local held = 0
local ours = 0
for _, member in ipairs(redis.call("ZRANGEBYSCORE", KEYS[1], "(" .. string.format("%.0f", now), "+inf")) do
  if string.sub(member, 1, 7) ~= "ticket:" then held = held + 1 end
  if member == ARGV[1] then ours = 1 end
end
return { held, ours }`,
  retry: "idempotent",
  result: Schema.Tuple([Schema.Int, Schema.Literals([0, 1])])
})
