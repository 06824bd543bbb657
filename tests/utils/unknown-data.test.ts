import { expect, test } from 'vitest'
import { isObject, member } from '../../src/utils/unknown-data'

test('a record is an object, and neither null nor an array', () => {
  expect([{}, Object.create(null)].map(isObject)).toEqual([true, true])
  expect([null, undefined, 'text', 1, [], () => {}].map(isObject)).toEqual(Array(6).fill(false))
})

test('43: the first of several own members that is there counts, and none of a prototype', () => {
  const data = { a: null, b: 0, c: 1 }
  expect(member(data, 'a', 'b', 'c')).toBe(0)
  expect(member(data, 'missing', 'c')).toBe(1)
  expect(member(data, 'a', 'missing')).toBeUndefined()
  expect(member(Object.create({ a: 1 }), 'a')).toBeUndefined()
})
