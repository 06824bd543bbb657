/** What is stored under one name, in a test's hands: read and replaced at once. */
export interface HeldRecord {
  value: unknown
  read(): Promise<unknown>
  /** As `AuthStorage` does it: `change` is given what is there, and undefined leaves that. */
  update(change: (current: unknown) => unknown): Promise<unknown>
  /** As of a storage that always works. */
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
