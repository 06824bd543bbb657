import { expect, test } from 'vitest'
import { toSession } from '../../src/session/session'
import {
  canRefresh,
  exchangedOf,
  hasCookie,
  kept,
  sessionModes,
  toUpdated,
  type SessionMode,
} from '../../src/session/session-mode'

const tokens = { token: 'access', refreshToken: 'refresh', expiresIn: 60, scope: null }
const full = toSession(tokens)
const bare = toSession({ ...tokens, refreshToken: null })

const table: Record<
  SessionMode,
  {
    readonly cookie: boolean
    readonly exchanged: string | null
    readonly refreshes: readonly boolean[]
    readonly keeps: string | null
  }
> = {
  tokens: { cookie: false, exchanged: 'refresh', refreshes: [true, false], keeps: 'refresh' },
  'refresh-cookie': { cookie: true, exchanged: null, refreshes: [true, true], keeps: null },
  'access-token': { cookie: false, exchanged: 'access', refreshes: [true, true], keeps: null },
}

test.each(sessionModes)('a session of the mode %s follows its row of the table', (mode) => {
  const { cookie, exchanged, refreshes, keeps } = table[mode]
  expect(hasCookie(mode)).toBe(cookie)
  expect(exchangedOf(full, mode)).toBe(exchanged)
  expect([full, bare].map((session) => canRefresh(session, mode))).toEqual(refreshes)
  expect(kept(tokens, mode)).toEqual({ ...tokens, refreshToken: keeps })
})

test.each<[SessionMode, object, number]>([
  ['tokens', { token: 'newer', refreshToken: null }, 0],
  ['tokens', { token: 'newer', refreshToken: 'newer' }, 1],
  ['refresh-cookie', { token: 'newer', refreshToken: null }, 0],
  ['access-token', { token: 'newer', refreshToken: null }, 1],
  ['access-token', { token: 'access', refreshToken: null }, 0],
])('53: in the mode %s, the newer tokens %j are of generation %d', (mode, newer, generation) => {
  const session = toSession(kept(tokens, mode))
  expect(toUpdated({ ...tokens, ...newer }, session, mode)).toMatchObject({
    id: session.id,
    ...newer,
    refreshToken: mode === 'tokens' ? (Object(newer).refreshToken ?? 'refresh') : null,
    generation,
  })
})
