import { isSameRecord, type StoredRecord } from '../session/record'

/** A change as a storage is given it: the next record, null to remove it, or undefined to leave it. */
export type Change = (current: unknown) => StoredRecord | null | undefined

/** The changes that a broken storage has missed, each with the record that it was made to. */
export type Missed = readonly { readonly change: Change; readonly before: unknown }[]

const resultOf = (change: Change, record: unknown): unknown => {
  const next = change(record)
  return next === undefined ? record : next
}

/**
 * Adds a change. Those are dropped without which the last one leads to the same record. So a login and many refreshes
 * are two changes.
 *
 * @param before the record that the change was made to, the result of the last one
 */
export function miss(missed: Missed, change: Change, before: unknown): Missed {
  const [last, previous] = [missed.at(-1), missed.at(-2)]
  if (last && previous && isSameRecord(resultOf(last.change, previous.before), before)) {
    const shorter = [...missed.slice(0, -2), { change: last.change, before: previous.before }]
    return miss(shorter, change, before)
  }
  return [...missed, { change, before }]
}

/** Makes one change of all that was missed. */
export const catchUp =
  (missed: Missed): Change =>
  (current) => {
    const result = missed.reduce((record, { change }) => resultOf(change, record), current)
    return result === current ? undefined : (result as StoredRecord | null)
  }
