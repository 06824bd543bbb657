import { describe, expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import { nobody, toLapsed } from '../../src/session/record'
import { cookieTarget, sessionTarget, type IsSameUser } from '../../src/session/refresh-target'
import { toSession, type Session } from '../../src/session/session'
import { toUpdated, type SessionMode } from '../../src/session/session-mode'
import type { AuthTokens } from '../../src/session/token-response'
import { jwtOf, subjectToken } from '../fixtures/auth-server'

const tokensOf = (token: string, refreshToken: string | null = 'refresh'): AuthTokens => ({
  token,
  refreshToken,
  expiresIn: 60,
  scope: null,
})

const yes = () => true
const no = () => false
const unasked: IsSameUser = async () => undefined
const rejected = new AuthError('rejected')
const superseded = new AuthError('superseded')

const inUse = (): Session => session
const older = toSession(tokensOf('older'))
const session = toSession(tokensOf('session'), older)
const newer = toSession(tokensOf('newer'), session)
const other = toSession(tokensOf('other'))

describe('a session', () => {
  test('is what is exchanged', () => {
    expect(sessionTarget(session, 'tokens', inUse, unasked, no).session).toBe(session)
  })

  test.each([
    ['itself', session, false],
    ['an older generation', older, false],
    ['a newer generation', newer, true],
    ['another session', other, true],
    ['its lapse', toLapsed(session), true],
    ['an older lapse', toLapsed(older), true],
    ['nothing', null, true],
    ['a cookie without an owner', nobody, true],
  ])('4: that finds %s in storage knows whether it is overtaken', (_, found, isOvertaken) => {
    expect(sessionTarget(session, 'tokens', inUse, unasked, no).isOvertaken(found)).toBe(
      isOvertaken,
    )
  })

  test('2: is overtaken by newer tokens in its tab, which the storage may not have yet', () => {
    expect(sessionTarget(session, 'tokens', () => newer, unasked, no).isOvertaken(session)).toBe(
      true,
    )
    const sameRefreshToken = toUpdated(tokensOf('newer', null), session, 'tokens')
    expect(
      sessionTarget(session, 'tokens', () => sameRefreshToken, unasked, no).isOvertaken(session),
    ).toBe(false)
  })

  test('can be asked for by its refresh token, or by a cookie', () => {
    const bare = toSession(tokensOf('bare', null))
    const canAsk = [session, bare].map(
      (one) => sessionTarget(one, 'tokens', inUse, unasked, no).canAsk,
    )
    expect([...canAsk, sessionTarget(bare, 'refresh-cookie', inUse, unasked, no).canAsk]).toEqual([
      true,
      false,
      true,
    ])
  })

  test('6: keeps its id, and its refresh token unless the answer has one', () => {
    const { toSuccessor } = sessionTarget(session, 'tokens', inUse, unasked, no)
    const same = { id: session.id, generation: 2, token: 'next', lifetime: 60_000 }
    expect(toSuccessor(tokensOf('next', null))).toMatchObject({ ...same, refreshToken: 'refresh' })
    expect(toSuccessor(tokensOf('next', 'new'))).toMatchObject({ ...same, refreshToken: 'new' })
  })

  describe('7: that is answered', () => {
    const ofAda = subjectToken('ada', 1)
    const ofBen = subjectToken('ben', 2)
    const { signal } = new AbortController()
    const modes = ['tokens', 'refresh-cookie'] as const
    const isForeign = (mine: string, theirs: string, mode: SessionMode, isSameUser: IsSameUser) =>
      sessionTarget(toSession(tokensOf(mine)), mode, inUse, isSameUser, no).isForeign(
        tokensOf(theirs),
        signal,
      )

    test.each([
      ['for another user', ofAda, ofBen, true],
      ['for the same user', ofAda, subjectToken('ada', 2), false],
      ['for a user whom the answer does not name', ofAda, 'opaque', false],
      ['for a user, where its own is not named', 'opaque', ofBen, false],
      ['for no user, where its own is not named either', 'opaque', 'opaque too', false],
    ])('%s is foreign: only to another user', async (_, mine, theirs, foreign) => {
      for (const mode of modes) {
        expect(await isForeign(mine, theirs, mode, unasked)).toBe(foreign)
      }
    })

    test.each([
      ['two subjects', ofAda, ofBen, [true, true]],
      ['one subject', ofAda, subjectToken('ada', 2), [false, false]],
      ['opaque tokens, which only a cookie may have changed', 'opaque', 'other', [false, true]],
    ])('asks the app about %s', async (_, mine, theirs, asks) => {
      const isAsked = modes.map(async (mode) => {
        const isSameUser = vi.fn<IsSameUser>(async () => true)
        expect(await isForeign(mine, theirs, mode, isSameUser)).toBe(false)
        expect(await isForeign(mine, theirs, mode, async () => false)).toBe(
          isSameUser.mock.calls.length > 0,
        )
        return isSameUser.mock.calls.length > 0
      })
      expect(await Promise.all(isAsked)).toEqual(asks)
    })
  })

  const idToken = { iss: 'https://login.example', sub: 'ada', aud: 'app' }

  test.each<[string, object | null, object | null, boolean]>([
    ['another subject', idToken, { ...idToken, sub: 'ben' }, true],
    ['another issuer', idToken, { ...idToken, iss: 'https://evil.example' }, true],
    ['another audience', idToken, { ...idToken, aud: 'other' }, true],
    ['one audience more', idToken, { ...idToken, aud: ['app', 'other'] }, true],
    ['one audience less', { ...idToken, aud: ['app', 'other'] }, idToken, true],
    ['the same claims', idToken, { ...idToken, iat: 2, nonce: 'n' }, false],
    ['its audience in a list', idToken, { ...idToken, aud: ['app'] }, false],
    [
      'its audiences in another order',
      { ...idToken, aud: ['app', 'api'] },
      { ...idToken, aud: ['api', 'app'] },
      false,
    ],
    ['no audience', idToken, { ...idToken, aud: undefined }, false],
    ['no ID token', idToken, null, false],
    ['an ID token, and had none', null, idToken, false],
    ['one that is not readable', idToken, {}, false],
  ])('7: is answered with %s in the ID token', async (_, mine, theirs, isForeign) => {
    const withIdToken = (claims: object | null): AuthTokens => ({
      ...tokensOf('opaque'),
      ...(claims && { idToken: jwtOf(claims) }),
    })
    const { signal } = new AbortController()
    // The app may not overrule it.
    for (const isSameUser of [unasked, async () => true]) {
      const target = sessionTarget(toSession(withIdToken(mine)), 'tokens', inUse, isSameUser, no)
      expect(await target.isForeign(withIdToken(theirs), signal)).toBe(isForeign)
    }
  })

  test('10: stores its successor over itself, only while it is in use', () => {
    const current = vi.fn<() => Session | null>(inUse)
    const rule = sessionTarget(session, 'tokens', current, unasked, no).commit(newer)
    expect(rule(session)).toBe(newer)
    expect(rule(newer)).toBeUndefined()
    for (const gone of [null, other]) {
      current.mockReturnValue(gone)
      expect(rule(session)).toBeUndefined()
    }
  })

  test('that is refused is removed, or lapses where its user may sign in again', () => {
    for (const gone of [null, nobody]) {
      expect(
        sessionTarget(
          session,
          gone === nobody ? 'refresh-cookie' : 'tokens',
          inUse,
          unasked,
          no,
        ).retire(rejected)(session),
      ).toBe(gone)
      expect(
        sessionTarget(
          session,
          gone === nobody ? 'refresh-cookie' : 'tokens',
          inUse,
          unasked,
          no,
        ).retire(rejected)(newer),
      ).toBeUndefined()
    }
    const { retire } = sessionTarget(session, 'refresh-cookie', inUse, unasked, yes)
    expect(retire(rejected)(session)).toEqual(toLapsed(session))
    expect(retire(rejected)(newer)).toBeUndefined()
  })

  test('lapses only where its user may sign in again at the time of the refusal', () => {
    const canLapse = vi.fn(yes)
    const { retire } = sessionTarget(session, 'tokens', inUse, unasked, canLapse)
    canLapse.mockReturnValue(false)
    expect(retire(rejected)(session)).toBeNull()
  })

  test('7: whose cookie belongs to another user is removed without a trace, so that the next start asks', () => {
    for (const canLapse of [yes, no]) {
      const { retire } = sessionTarget(session, 'refresh-cookie', inUse, unasked, canLapse)
      expect(retire(superseded)(session)).toBeNull()
      expect(retire(superseded)(newer)).toBeUndefined()
    }
  })
})

describe('the owner of a cookie', () => {
  test('has no session to exchange, and one of the given id after the answer', () => {
    const { session: exchanged, toSuccessor } = cookieTarget('found', false, yes)
    expect(exchanged).toBeNull()
    expect(toSuccessor(tokensOf('first', null))).toMatchObject({
      id: 'found',
      generation: 0,
      token: 'first',
      refreshToken: null,
      lifetime: 60_000,
    })
  })

  test.each([
    ['nothing', null, false, false],
    ['a session', other, true, true],
    ['a lapse', toLapsed(other), true, false],
    ['a cookie without an owner', nobody, true, false],
  ])('is known or still searched by what is stored: %s', (_, found, ...known) => {
    const overtaken = [false, true].map((hint) =>
      cookieTarget('found', hint, yes).isOvertaken(found),
    )
    expect(overtaken).toEqual(known)
  })

  test('is no other user than the one before', async () => {
    const { isForeign } = cookieTarget('found', false, yes)
    const { signal } = new AbortController()
    expect(await isForeign(tokensOf(subjectToken('ada', 1)), signal)).toBe(false)
  })

  test('10: is stored where none is, only while it is searched', () => {
    const isSearching = vi.fn(yes)
    const mine = toSession(tokensOf('first'), null, 'found')
    const rule = cookieTarget('found', false, isSearching).commit(mine)
    expect([rule(null), rule(nobody), rule(other)]).toEqual([mine, undefined, undefined])
    const hinted = cookieTarget('found', true, isSearching).commit(mine)
    expect([hinted(null), hinted(nobody), hinted(other)]).toEqual([mine, mine, undefined])
    isSearching.mockReturnValue(false)
    expect([rule(null), hinted(null)]).toEqual([undefined, undefined])
  })

  test('is stored as missing after a refusal, only while they are searched', () => {
    const isSearching = vi.fn(yes)
    const rule = cookieTarget('found', false, isSearching).retire(rejected)
    expect([rule(null), rule(other), rule(toLapsed(other))]).toEqual([nobody, undefined, undefined])
    isSearching.mockReturnValue(false)
    expect(rule(null)).toBeUndefined()
  })
})
