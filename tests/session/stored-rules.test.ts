import { describe, expect, test } from 'vitest'
import { nobody, nobodyUntold, toLapsed, type Stored } from '../../src/session/record'
import { toSession, type Session } from '../../src/session/session'
import {
  asLongAs,
  commit,
  erase,
  isVacant,
  lapse,
  oweLogout,
  put,
  remove,
  resume,
  settle,
  settleLogout,
  settleNobody,
  stepUpTo,
  storeUser,
  update,
  type Rule,
} from '../../src/session/stored-rules'

const sessionOf = (previous?: Session) =>
  toSession({ token: 'access', refreshToken: 'refresh', expiresIn: null, scope: null }, previous)

const older = sessionOf()
const same = sessionOf(older)
const newer = sessionOf(same)
const other = sessionOf()
const updated = { ...same, token: 'updated' }

/** Everything that a tab may find, seen from a session in its second generation, `same`. */
const found = {
  nothing: null,
  nobody,
  'nobody, untold': nobodyUntold,
  'its lapse': toLapsed(same),
  'an older lapse': toLapsed(older),
  'a newer lapse': toLapsed(newer),
  'another lapse': toLapsed(other),
  older,
  same,
  newer,
  other,
} satisfies Record<string, Stored | null>

type Found = keyof typeof found

/** The next content for everything that may be found; undefined where a rule leaves it. */
type Expected = Record<Found, Stored | null | undefined>

const all = (next: Stored | null | undefined): Expected => ({
  nothing: next,
  nobody: next,
  'nobody, untold': next,
  'its lapse': next,
  'an older lapse': next,
  'a newer lapse': next,
  'another lapse': next,
  older: next,
  same: next,
  newer: next,
  other: next,
})
const untouched = all(undefined)

const lapses = (next: Stored | null | undefined) => ({
  'its lapse': next,
  'an older lapse': next,
  'a newer lapse': next,
  'another lapse': next,
})
const own = (next: Stored | null | undefined) => ({ older: next, same: next, newer: next })

const isContested = () => true
const isUncontested = () => false
/** The session that every rule is about has ended here, and no other. */
const hasEnded = (id: string) => id === same.id
const always = () => true
const never = () => false

/** The mark of a lapse has a generation more than its session, so `an older lapse` is one of this generation. */
const removed = (gone: Stored | null): Expected => ({
  ...untouched,
  nothing: gone,
  'an older lapse': gone,
  older: gone,
  same: gone,
})

const erased = (gone: Stored | null): Expected => ({
  ...untouched,
  ...own(gone),
  nothing: gone,
  'its lapse': gone,
  'an older lapse': gone,
  'a newer lapse': gone,
})

/** The session with the tokens of a step-up, in this generation. */
const steppedUp = (generation: number): Session => ({ ...newer, token: 'stepped-up', generation })

const rules: [string, Rule, Expected][] = [
  [
    'put stores a login in place of everything but itself',
    put(same, isUncontested),
    { ...all(same), ...own(undefined) },
  ],
  [
    'put leaves the mark of a lapse while the login is contested',
    put(same, isContested),
    { ...all(same), ...own(undefined), ...lapses(undefined) },
  ],
  [
    'resume stores a session in place of a lapsed one, which it names, and of nothing else',
    resume(same),
    {
      ...untouched,
      'its lapse': { ...same, resumes: same.id },
      'an older lapse': { ...same, resumes: older.id },
      'a newer lapse': { ...same, resumes: newer.id },
      'another lapse': { ...same, resumes: other.id },
    },
  ],
  [
    '53: update stores newer tokens over those that they replace only',
    update(updated, same),
    { ...untouched, same: updated },
  ],
  [
    'stepUpTo stores over every generation of its session, and over its lapse, in one that is newer',
    stepUpTo(steppedUp(2)),
    {
      ...untouched,
      'an older lapse': steppedUp(2),
      'its lapse': steppedUp(3),
      'a newer lapse': steppedUp(4),
      older: steppedUp(2),
      same: steppedUp(2),
      newer: steppedUp(3),
    },
  ],
  [
    '20: commit stores a successor over an older generation of its session only',
    commit(same),
    { ...untouched, older: same },
  ],
  [
    '20: commit stores over the mark of a lapse that is older than what it succeeds',
    commit(newer),
    { ...untouched, 'an older lapse': newer, older: newer, same: newer },
  ],
  [
    'remove takes away a refused session, unless a successor or another one is there',
    remove(same, null),
    removed(null),
  ],
  [
    'remove leaves word in its place that the cookie has no owner',
    remove(same, nobody),
    removed(nobody),
  ],
  [
    'lapse leaves the mark of a lapse in place of the refused session, unless a successor is there',
    lapse(same),
    {
      ...untouched,
      'an older lapse': toLapsed(same),
      older: toLapsed(same),
      same: toLapsed(same),
    },
  ],
  [
    '10: erase takes away a session that has ended here, whatever its generation',
    erase(hasEnded, null),
    erased(null),
  ],
  [
    '10: erase leaves word in its place that the cookie has no owner',
    erase(hasEnded, nobody),
    erased(nobody),
  ],
  [
    '10: erase takes away every session that has ended here',
    erase(always, null),
    { ...all(null), nobody: undefined, 'nobody, untold': undefined },
  ],
  [
    'erase leaves sessions that have not ended',
    erase(never, null),
    { ...untouched, nothing: null },
  ],
  [
    'settle stores the owner of the cookie where nothing is found',
    settle(same, false),
    { ...untouched, nothing: same },
  ],
  [
    'settle stores the owner in place of all but a session where the app has given a hint',
    settle(same, true),
    { ...all(same), ...own(undefined), other: undefined, 'nobody, untold': undefined },
  ],
  [
    'settleNobody leaves sessions, the marks of lapses, and a logout untold',
    settleNobody,
    { ...untouched, nothing: nobody, nobody },
  ],
  [
    '61: oweLogout leaves sessions and the marks of lapses',
    oweLogout,
    {
      ...untouched,
      nothing: nobodyUntold,
      nobody: nobodyUntold,
      'nobody, untold': nobodyUntold,
    },
  ],
  [
    '61: settleLogout leaves everything but a logout that the server had not heard of',
    settleLogout,
    { ...untouched, 'nobody, untold': nobody },
  ],
  [
    '10: asLongAs leaves everything once its condition is over',
    asLongAs(never, () => same),
    untouched,
  ],
  ['asLongAs follows its rule until then', asLongAs(always, () => same), all(same)],
]

describe.each(rules)('%s', (_, rule, expected) => {
  test.each(Object.keys(found) as Found[])('found: %s', (name) => {
    expect(rule(found[name])).toStrictEqual(expected[name])
  })
})

test('the owner of a cookie is to be found out where nothing is stored, or with a hint no session', () => {
  const names = Object.keys(found) as Found[]
  const vacant = (hint: boolean) => names.filter((name) => isVacant(found[name], hint))
  expect(vacant(false)).toEqual(['nothing'])
  expect(vacant(true)).toEqual(['nothing', 'nobody', ...Object.keys(lapses(null))])
})

test('asLongAs asks its condition each time', () => {
  let isOver = false
  const rule = asLongAs(
    () => !isOver,
    () => same,
  )
  expect(rule(null)).toBe(same)
  isOver = true
  expect(rule(null)).toBeUndefined()
})

test('a rule stores the very session that it is given', () => {
  expect(put(same, isUncontested)(null)).toBe(same)
  expect(commit(newer)(same)).toBe(newer)
  expect(settle(same, false)(null)).toBe(same)
})

describe('the user who is stored beside a session', () => {
  const user = '{"name":"ada"}'
  const known = { ...same, user }

  test('is stored over that session alone, in any generation', () => {
    const names = Object.keys(found) as Found[]
    const rule = storeUser(same.id, user)
    const changed = names.filter((name) => rule(found[name]) !== undefined)
    expect(changed).toEqual(['older', 'same', 'newer'])
    expect(rule(newer)).toStrictEqual({ ...newer, user })
  })

  test('is not written again, and another takes the place', () => {
    expect(storeUser(same.id, user)(known)).toBeUndefined()
    expect(storeUser(same.id, 'null')(known)).toStrictEqual({ ...same, user: 'null' })
  })

  test('is removed, which writes nothing where there is none', () => {
    expect(storeUser(same.id, null)(known)).toStrictEqual(same)
    expect(storeUser(same.id, null)(same)).toBeUndefined()
  })

  test.each<[string, Rule, object]>([
    ['a refresh', commit(newer), newer],
    ['newer tokens', update(updated, same), updated],
    ['a step-up', stepUpTo(steppedUp(2)), steppedUp(2)],
  ])('outlasts %s', (_, rule, next) => {
    expect(rule(known)).toStrictEqual({ ...next, user })
  })

  test.each<[string, Rule, Stored | null]>([
    ['a login', put(other), other],
    ['a lapse', lapse(same), toLapsed(same)],
    ['a refusal', remove(same, null), null],
    ['a logout', erase(hasEnded, nobody), nobody],
  ])('is gone after %s', (_, rule, next) => {
    expect(rule(known)).toStrictEqual(next)
  })
})

describe('53: newer tokens of two tabs that came with one refresh token', () => {
  const [early, late] = [-2, -1].map((receivedAt) => ({
    ...same,
    token: `at ${receivedAt}`,
    receivedAt: same.receivedAt + receivedAt,
  }))

  test('are stored in the order in which they came', () => {
    expect(update(late!, same)(early!)).toBe(late)
    expect(update(early!, same)(late!)).toBeUndefined()
  })

  test('are stored over those that they replace, whatever the clock says', () => {
    expect(update(early!, late!)(late!)).toBe(early)
  })

  test('are stored with a new refresh token in any case: the one before is spent', () => {
    const rotated = { ...newer, receivedAt: early!.receivedAt }
    expect(update(rotated, same)(late!)).toBe(rotated)
  })
})
