import { expect, test, vi } from 'vitest'
import { once } from '../../src/utils/once'

test('a function is called the first time only, and its result is kept', () => {
  const work = vi.fn((name: string) => ({ name }))
  const greet = once(work)
  expect(work).not.toHaveBeenCalled()
  const first = greet('ada')
  expect(greet('eve')).toBe(first)
  expect(first).toEqual({ name: 'ada' })
  expect(work).toHaveBeenCalledOnce()
})

test('a function that throws is called again', () => {
  const work = vi.fn(() => 'found')
  work.mockImplementationOnce(() => {
    throw new Error('not yet')
  })
  const find = once(work)
  expect(find).toThrow('not yet')
  expect(find()).toBe('found')
})
