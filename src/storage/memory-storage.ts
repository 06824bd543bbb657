import type { AuthStorage } from './auth-storage'

/** A storage over a map, for as long as the page lives. */
export const mapStorage = (records: Map<string, unknown>): AuthStorage => ({
  read: async (key) => records.get(key) ?? null,
  update: async (key, change) => {
    const next = change(records.get(key) ?? null)
    if (next) records.set(key, next)
    if (next === null) records.delete(key)
    return records.get(key) ?? null
  },
})

/** Keeps the session in memory: a reload signs out. For servers, and where nothing may be left on the device. */
export const memoryStorage = (): AuthStorage => mapStorage(new Map())
