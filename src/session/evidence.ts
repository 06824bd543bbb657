import { now } from '../utils/clock'
import { remaining, type Session } from './session'

/** The resource that a request asked for. */
export interface Resource {
  readonly method?: string
  /** The query and the fragment make no difference. */
  readonly url?: string
}

const keyOf = ({ method, url }: Resource): string => `${method} ${url?.split(/[?#]/, 1)[0]}`

/** Judges whether a denial is evidence that the token died. Without it, refreshing would go round in circles. */
export interface Evidence {
  /**
   * Notes that another token is in use.
   *
   * @param isUntried whether the token comes straight from a refresh, as opposed to a login or a reload
   */
  renewed(session: Session, isUntried: boolean): void
  /** Notes a response below 500 that did not say "expired". */
  accepted(session: Session, resource: Resource, replay: boolean): void
  /** Notes that a replay with a new token was denied as well. */
  replayDenied(session: Session, resource: Resource): void
  /** Notes that the token was denied, and tells whether that is a reason to refresh. */
  denied(session: Session, resource: Resource): boolean
}

/** A denied token younger than this, which no resource has accepted yet, is no reason to refresh. */
const UNTRIED_FOR_MS = 30_000
/** For this long after it denied a new token, a resource is taken to deny the user, not the token. */
const DENIAL_COUNTS_FOR_MS = 30_000
const MAX_USELESS_REFRESHES = 2
const MAX_REMEMBERED_DENIALS = 1_000

export function createEvidence(): Evidence {
  let current: Session | undefined
  /** Whether the current token comes straight from a refresh and no resource has accepted it yet. */
  let isUntried: boolean
  /** Whether a replay with the current token has been answered yet. */
  let isJudged: boolean
  /** The number of refreshes in a row whose replays were all denied. */
  let uselessRefreshes = 0
  /** The resources that accepted the current token; null until refreshing has proved useless. */
  let witnesses: Set<string> | null
  /** The times at which resources denied a new token, by resource. */
  const denials = new Map<string, number>()

  const hasDeniedLately = (key: string): boolean =>
    now() - (denials.get(key) ?? -Infinity) < DENIAL_COUNTS_FOR_MS

  /** Remembers the first denial only. Otherwise a page that polls would prolong it for ever. */
  function remember(resource: Resource): void {
    const key = keyOf(resource)
    if (hasDeniedLately(key)) return
    if (denials.size >= MAX_REMEMBERED_DENIALS) denials.clear()
    denials.set(key, now())
  }

  /** After useless refreshes, believes only resources that have accepted this very token. */
  function distrust(): void {
    if (uselessRefreshes >= MAX_USELESS_REFRESHES) witnesses ??= new Set()
  }

  return {
    renewed(session, untried) {
      if (session.id !== current?.id) {
        // Nothing of one session is evidence against the next.
        uselessRefreshes = 0
        denials.clear()
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
      uselessRefreshes = 0
    },

    replayDenied(session, resource) {
      if (session !== current) return
      remember(resource)
      if (isJudged) return
      isJudged = true
      uselessRefreshes++
      distrust()
    },

    denied(session, resource) {
      if (remaining(session) <= 0) return true
      if (isUntried && now() - session.receivedAt < UNTRIED_FOR_MS) remember(resource)
      const key = keyOf(resource)
      return !hasDeniedLately(key) && (!witnesses || witnesses.has(key))
    },
  }
}
