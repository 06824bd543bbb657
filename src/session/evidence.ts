import { now } from './clock'
import { remaining, type Session } from './session'

/** What a request asked for; the key is only worked out when it is needed. */
export interface Resource {
  /** Method and path. */
  readonly key: string
}

/** Whether refusals are evidence that a token died: what keeps refreshing from going round in circles. */
export interface Evidence {
  /**
   * Another token is in use.
   *
   * @param isUntried whether it comes straight from a refresh; not so after a login or a reload
   */
  renewed(session: Session, isUntried: boolean): void
  /** A response did not say "expired". */
  accepted(session: Session, resource: Resource, replay: boolean): void
  /** A replay, which had a new token, was refused as well. */
  replayRefused(session: Session, resource: Resource): void
  /** Whether this refusal is a reason to refresh. */
  isConclusive(session: Session, resource: Resource): boolean
}

const FRESH = 30_000
const USELESS_REFRESHES = 2
const REMEMBERED_REFUSALS = 1_000

export function createEvidence(): Evidence {
  let current: Session
  /** Whether the current token comes straight from a refresh and nothing has accepted it yet. */
  let isUntried: boolean
  /** Whether a replay with the current token has been answered yet. */
  let isJudged: boolean
  /** Refreshes in a row whose replays were all refused. */
  let useless = 0
  /** Who accepted the current token; null until refreshing has proved useless. */
  let witnesses: Set<string> | null
  /** When which resource refused a token that had just been got. */
  const refusals = new Map<string, number>()

  function remember({ key }: Resource): void {
    if (refusals.size >= REMEMBERED_REFUSALS) refusals.clear()
    refusals.set(key, now())
  }

  /** From now on only who has accepted this very token can bear witness that it died. */
  function distrust(): void {
    if (useless >= USELESS_REFRESHES) witnesses ??= new Set()
  }

  return {
    renewed(session, untried) {
      current = session
      isUntried = untried
      isJudged = false
      witnesses = null
      distrust()
    },

    accepted(session, resource, replay) {
      if (session !== current) return
      isUntried = false
      witnesses?.add(resource.key)
      if (!replay) return
      isJudged = true
      useless = 0
    },

    replayRefused(session, resource) {
      remember(resource)
      if (session !== current || isJudged) return
      isJudged = true
      useless++
      distrust()
    },

    isConclusive(session, resource) {
      if (remaining(session) <= 0) return true
      if (isUntried && now() - session.receivedAt < FRESH) remember(resource)
      return (
        now() - (refusals.get(resource.key) ?? -FRESH) >= FRESH &&
        (!witnesses || witnesses.has(resource.key))
      )
    },
  }
}
