import { describe, expect, test, vi } from 'vitest'
import type { AuthOptions } from 'vue-auth-refresh'
import { fromStoredUser, MAX_STORED_USER, toStoredUser } from '../../src/store/stored-user'
import { expectError } from '../setup/console'

const ada = { name: 'ada', roles: ['admin'], address: { city: 'London' }, seen: null, age: 36 }

/** The text that is stored of a user, and why none is. */
function store(user: unknown, storeUser: AuthOptions['storeUser'] = true) {
  const onFailure = vi.fn()
  return { text: toStoredUser(user, { storeUser }, onFailure), why: onFailure.mock.lastCall?.[0] }
}

test.each([[ada], ['ada'], [7], [true], [[ada]], [Object.assign(Object.create(null), ada)]])(
  'plain data comes back as it was: %j',
  (user) => {
    const { text, why } = store(user)
    expect(fromStoredUser(text ?? undefined)).toEqual(user)
    expect(why).toBeUndefined()
  },
)

test('an undefined member is left out, as it is missing', () => {
  expect(store({ name: 'ada', email: undefined })).toEqual({
    text: '{"name":"ada"}',
    why: undefined,
  })
})

class User {
  constructor(readonly name: string) {}
}
const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

describe('a user who would come back as another one is not stored', () => {
  test.each([
    ['a date', { born: new Date(0) }, 'its `born` is no JSON'],
    ['a class', new User('ada'), 'it is no JSON'],
    ['a class inside', { friends: [new User('eve')] }, 'its `0` is no JSON'],
    ['a map', { roles: new Map() }, 'its `roles` is no JSON'],
    ['a function', { can: () => true }, 'its `can` is no JSON'],
    ['a symbol', { key: Symbol('key') }, 'its `key` is no JSON'],
    ['a bigint', { id: 1n }, 'its `id` is no JSON'],
    ['NaN', { age: Number.NaN }, 'its `age` is no JSON'],
    ['Infinity', { quota: Infinity }, 'its `quota` is no JSON'],
    ['a hole', { roles: [undefined] }, 'its `0` is no JSON'],
    ['a toJSON', { toJSON: () => 'ada' }, 'it is no JSON'],
  ])('%s', (_, user, why) => {
    expect(store(user)).toEqual({ text: null, why })
  })

  test('a circle', () => {
    expect(store(cyclic)).toEqual({ text: null, why: expect.stringContaining('circular') })
  })

  test('one larger than the limit, of which nothing is told but the size', () => {
    const user = { bio: 'x'.repeat(MAX_STORED_USER) }
    const { text, why } = store(user)
    expect(text).toBeNull()
    expect(why).toBe('it has 100010 characters, and 100000 are the most')
    expect(store({ bio: 'x'.repeat(MAX_STORED_USER - 10) }).text).toHaveLength(MAX_STORED_USER)
  })
})

test('a function chooses what is stored, and null for nothing', () => {
  const withoutAge = ({ name }: typeof ada) => ({ name })
  expect(store(ada, (user) => withoutAge(user as typeof ada)).text).toBe('{"name":"ada"}')
  expect(store(ada, () => null)).toEqual({ text: null, why: undefined })
  expect(store(ada, () => undefined)).toEqual({ text: null, why: undefined })
})

test('a function that throws stores nothing, and its error is printed', () => {
  expectError('storeUser threw')
  const fail = () => {
    throw new Error('no')
  }
  expect(store(ada, fail)).toEqual({ text: null, why: undefined })
})

test.each([[false], [undefined]])('nothing is stored where the option is %s', (storeUser) => {
  expect(toStoredUser(ada, { storeUser }, vi.fn())).toBeNull()
})

test('no user is nothing to store, and the function is not asked', () => {
  const choose = vi.fn()
  expect(store(null, choose).text).toBeNull()
  expect(choose).not.toHaveBeenCalled()
})

test.each([[undefined], ['{'], ['null'], ['']])('43: no user is in the text %s', (text) => {
  expect(fromStoredUser(text)).toBeNull()
})
