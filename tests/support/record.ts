/** A record of a storage in a test's hands: it is read and replaced at once. */
export interface HeldRecord {
  value: unknown
  read(): Promise<unknown>
  /** Updates like `AuthStorage`: `change` gets the current value, and undefined leaves that as it is. */
  update(change: (current: unknown) => unknown): Promise<unknown>
  /** Resolves at once: this storage always works. */
  whenStored(): Promise<void>
}

export function createRecord(value: unknown = null): HeldRecord {
  const record: HeldRecord = {
    value,
    whenStored: async () => {},
    read: async () => record.value,
    async update(change) {
      const next = change(record.value)
      if (next !== undefined) record.value = next
      return record.value
    },
  }
  return record
}
