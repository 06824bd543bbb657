import { describe, expect, test } from 'vitest'
import type { AuthStorage, SessionRecord } from 'vue-auth-refresh'

/** A stored session; `generation` and whatever else a test is about may be changed. */
/** The record of a session that has not lapsed. */
type LiveRecord = Extract<SessionRecord, { readonly receivedAt: number }>

export const recordOf = (change: Partial<LiveRecord> = {}): LiveRecord => ({
  version: 1,
  id: 's1',
  generation: 0,
  token: 'A1',
  refreshToken: 'R1',
  lifetime: 3_600_000,
  receivedAt: 1_790_000_000_000,
  ...change,
})

const generationOf = (record: unknown): number => (record as SessionRecord | null)?.generation ?? 0

const expectNothing = (record: unknown): void => {
  expect(record ?? null).toBeNull()
}

/** Tests of all that every `AuthStorage` promises. */
export function describeStorage(name: string, create: () => AuthStorage): void {
  describe(`${name} keeps what AuthStorage promises`, () => {
    test('there is nothing at first', async () => {
      expectNothing(await create().read('key'))
    })

    test('a record is read as it was written', async () => {
      const storage = create()
      const record = recordOf({ refreshToken: null, lifetime: null })

      expect(await storage.update('key', () => record)).toEqual(record)

      expect(await storage.read('key')).toEqual(record)
    })

    test('a change is given the record it replaces, nothing where there is none', async () => {
      const storage = create()
      const given: unknown[] = []
      const write = (record: SessionRecord): Promise<unknown> =>
        storage.update('key', (current) => {
          given.push(current ?? null)
          return record
        })

      await write(recordOf())
      await write(recordOf({ generation: 1 }))

      expect(given).toEqual([null, recordOf()])
      expect(await storage.read('key')).toEqual(recordOf({ generation: 1 }))
    })

    test('undefined leaves a record, and resolves with it', async () => {
      const storage = create()
      expectNothing(await storage.update('key', () => undefined))
      await storage.update('key', () => recordOf())

      expect(await storage.update('key', () => undefined)).toEqual(recordOf())

      expect(await storage.read('key')).toEqual(recordOf())
    })

    test('null removes a record, and resolves with nothing', async () => {
      const storage = create()
      expectNothing(await storage.update('key', () => null))
      await storage.update('key', () => recordOf())

      expectNothing(await storage.update('key', () => null))

      expectNothing(await storage.read('key'))
    })

    test('keys do not mix', async () => {
      const storage = create()
      await storage.update('one', () => recordOf({ id: 'one' }))
      await storage.update('two', () => recordOf({ id: 'two' }))
      await storage.update('one', () => null)

      expectNothing(await storage.read('one'))
      expect(await storage.read('two')).toEqual(recordOf({ id: 'two' }))
    })

    test('a change that throws rejects, and changes nothing', async () => {
      const storage = create()
      await storage.update('key', () => recordOf())

      const broken = storage.update('key', () => {
        throw new RangeError('no')
      })

      await expect(broken).rejects.toThrow(RangeError)
      expect(await storage.read('key')).toEqual(recordOf())
    })

    test('50 changes at once each see the one before', async () => {
      const storage = create()

      await Promise.all(
        Array.from({ length: 50 }, () =>
          storage.update('key', (current) => recordOf({ generation: generationOf(current) + 1 })),
        ),
      )

      expect(generationOf(await storage.read('key'))).toBe(50)
    })
  })
}
