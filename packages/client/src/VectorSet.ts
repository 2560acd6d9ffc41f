/**
 * Vector sets (Redis 8.0): elements with a vector each, of which the most similar ones are found. The commands are values like all
 * others, and go into `redis.run`, pipelines and transactions: `redis.run(VectorSet.vSim("films", { element: "film:1" }))`.
 *
 * @since 0.1.0
 */
export type { Attributed, Quantization, RawVector, Scored, VectorSetInfo } from "./command/VectorReplies.ts"
export {
  type VAddOptions,
  type Vector,
  type VectorQuery,
  type VSimOptions,
  vAdd,
  vCard,
  vDim,
  vEmb,
  vEmbRaw,
  vGetAttr,
  vInfo,
  vIsMember,
  vLinks,
  vLinksWithScores,
  vRandMember,
  vRandMemberCount,
  vRange,
  vRem,
  vSetAttr,
  vSim,
  vSimWithAttribs,
  vSimWithScores,
  vSimWithScoresAndAttribs
} from "./command/VectorSets.ts"
