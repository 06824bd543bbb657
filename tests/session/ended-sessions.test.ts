import { expect, test } from 'vitest'
import { createEndedSessions } from '../../src/session/ended-sessions'

test('10: the last fifty are remembered, so that no page gathers them for ever', () => {
  const ended = createEndedSessions()
  expect(ended.has('0')).toBe(false)
  const ids = Array.from({ length: 51 }, (_, index) => String(index))
  for (const id of ids.slice(0, 50)) ended.add(id)
  expect(ids.filter(ended.has)).toHaveLength(50)
  ended.add('50')
  expect(ids.filter(ended.has)).toEqual(ids.slice(1))
})
