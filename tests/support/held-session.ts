import type { Stored } from '../../src/session/record'
import type { SharedSession } from '../../src/session/shared-session'
import { noMark } from '../../src/shared/page-mark'
import { noVisit } from '../../src/shared/visit'

/** The session that all tabs share, in a test's hands: read and replaced at once. */
export interface HeldSession {
  value: Stored | null
  readonly shared: SharedSession
}

/** Makes a shared session in which it is always this tab’s turn; `change` replaces parts of it. */
export function holdSession(
  value: Stored | null,
  change: Partial<SharedSession> = {},
): HeldSession {
  const held: HeldSession = {
    value,
    shared: {
      read: async () => held.value,
      async change(rule) {
        const next = rule(held.value)
        if (next !== undefined) held.value = next
        return held.value
      },
      endMark: noMark,
      visit: noVisit,
      whenStored: async () => {},
      exclusively: (work) => work(async () => true),
      ...change,
    },
  }
  return held
}
