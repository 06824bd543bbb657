import type { AuthStorage } from './auth-storage'

/**
 * Keeps the session in memory: a reload signs out. For servers, and where nothing may be left on the device.
 */
export function memoryStorage(): AuthStorage {
  const records = new Map<string, unknown>()
  return {
    read: async (key) => records.get(key),
    update: async (key, change) => {
      const next = change(records.get(key))
      if (next !== undefined) records.set(key, next)
      return records.get(key)
    },
  }
}
