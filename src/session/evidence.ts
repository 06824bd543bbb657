import { now } from '../utils/clock'
import { remaining, type Session } from './session'

/** What a request asked for. */
export interface Resource {
  readonly method?: string
  /** Its query is of no account. */
  readonly url?: string
}

const keyOf = ({ method, url }: Resource): string => `${method} ${url?.split(/[?#]/, 1)[0]}`

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
  /** The token was refused: whether that is a reason to refresh. */
  refused(session: Session, resource: Resource): boolean
}

const FRESH = 30_000
const USELESS_REFRESHES = 2
const REMEMBERED_REFUSALS = 1_000

export function createEvidence(): Evidence {
  let current: Session | undefined
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

  const isRecent = (key: string): boolean => now() - (refusals.get(key) ?? -Infinity) < FRESH

  /** Not anew each time, or a page that polls would never be helped. */
  function remember(resource: Resource): void {
    const key = keyOf(resource)
    if (isRecent(key)) return
    if (refusals.size >= REMEMBERED_REFUSALS) refusals.clear()
    refusals.set(key, now())
  }

  /** From now on only who has accepted this very token can bear witness that it died. */
  function distrust(): void {
    if (useless >= USELESS_REFRESHES) witnesses ??= new Set()
  }

  return {
    renewed(session, untried) {
      if (session.id !== current?.id) {
        // Nothing of one session is evidence against the next.
        useless = 0
        refusals.clear()
      }
      current = session
      isUntried = untried
      isJudged = false
      witnesses = null
      distrust()
    },

    accepted(session, resource, replay) {
      if (session !== current) return
      isUntried = false
      witnesses?.add(keyOf(resource))
      if (!replay) return
      isJudged = true
      useless = 0
    },

    replayRefused(session, resource) {
      if (session !== current) return
      remember(resource)
      if (isJudged) return
      isJudged = true
      useless++
      distrust()
    },

    refused(session, resource) {
      if (remaining(session) <= 0) return true
      if (isUntried && now() - session.receivedAt < FRESH) remember(resource)
      const key = keyOf(resource)
      return !isRecent(key) && (!witnesses || witnesses.has(key))
    },
  }
}
