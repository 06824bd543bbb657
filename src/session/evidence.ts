import { elapsedSince, now, type Moment } from './clock'
import { remaining, type Session } from './session'

/** What a request asked for; the key is only worked out when it is needed. */
export interface Resource {
  /** Method and path. */
  readonly key: string
}

/** Whether refusals are evidence that a token died, and so keeps refreshing from going round in circles. */
export interface Evidence {
  /** A new token is in use. */
  renewed(session: Session): void
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
  let current: Session | null = null
  let accepted = false
  let cured = false
  let counted = false
  /** Refreshes in a row whose replays were all refused. */
  let useless = 0
  /** Who accepted the current token; null until refreshing has proved useless. */
  let acceptedBy: Set<string> | null = null
  /** When which resource refused a token that had just been got. */
  const refusals = new Map<string, Moment>()

  const remember = (resource: Resource): void => {
    if (refusals.size >= REMEMBERED_REFUSALS) refusals.clear()
    refusals.set(resource.key, now())
  }

  /** From now on only who has accepted this very token can bear witness that it died. */
  const distrust = (): void => {
    if (useless >= USELESS_REFRESHES) acceptedBy ??= new Set()
  }

  return {
    renewed(session) {
      if (session.id !== current?.id) {
        useless = 0
        refusals.clear()
      }
      current = session
      accepted = cured = counted = false
      acceptedBy = null
      distrust()
    },

    accepted(session, resource, replay) {
      if (session !== current) return
      accepted = true
      acceptedBy?.add(resource.key)
      if (replay) {
        cured = true
        useless = 0
      }
    },

    replayRefused(session, resource) {
      remember(resource)
      if (session !== current || cured || counted) return
      counted = true
      useless++
      distrust()
    },

    isConclusive(session, resource) {
      if (remaining(session) <= 0) return true
      if (!accepted && session.generation > 0 && elapsedSince(session.receivedAt) < FRESH) {
        remember(resource)
        return false
      }
      const refused = refusals.get(resource.key)
      if (refused && elapsedSince(refused) < FRESH) return false
      return !acceptedBy || acceptedBy.has(resource.key)
    },
  }
}
