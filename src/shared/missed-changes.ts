import { isSameRecord, type StoredRecord } from '../session/record'

/** A change as a storage is given it: the next record, null to remove it, or undefined to leave it. */
export type Change = (current: unknown) => StoredRecord | null | undefined

/** Limit of the changes that are kept. More are not in order any more: then the last result counts. */
const MAX_CHANGES = 20

/** The changes that a broken storage has missed. */
export interface Missed {
  /** Whether the changes can be made to what the storage has. Otherwise their result replaces it. */
  readonly isBaseKnown: boolean
  /** The changes in order, each with the record that it was made to. */
  readonly changes: readonly { readonly change: Change; readonly before: unknown }[]
}

const resultOf = (change: Change, record: unknown): unknown => {
  const next = change(record)
  return next === undefined ? record : next
}

/**
 * Adds a change. Those before are dropped that have turned out to be needless: without them, the last one leads to the
 * same record. So a login and many refreshes are two changes.
 *
 * @param before the record that the change was made to, the result of the last one
 */
export function miss({ isBaseKnown, changes }: Missed, change: Change, before: unknown): Missed {
  const needed = [...changes]
  for (let last; (last = needed.pop());) {
    const previous = needed.at(-1)
    if (!previous || !isSameRecord(resultOf(last.change, previous.before), before)) {
      needed.push(last)
      break
    }
    needed[needed.length - 1] = { ...previous, change: last.change }
  }
  const added = { change, before }
  return isBaseKnown && needed.length < MAX_CHANGES
    ? { isBaseKnown, changes: [...needed, added] }
    : { isBaseKnown: false, changes: [added] }
}

/**
 * Makes one change of all that was missed.
 *
 * @param result the record that they have led to
 */
export function catchUp({ isBaseKnown, changes }: Missed, result: unknown): Change {
  return (current) => {
    if (!isBaseKnown && changes.length > 0) return (result ?? null) as StoredRecord | null
    let next: StoredRecord | null | undefined
    for (const { change } of changes) {
      const changed = change(next === undefined ? current : next)
      if (changed !== undefined) next = changed
    }
    return next
  }
}
