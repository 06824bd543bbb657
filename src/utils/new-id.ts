/** A new id, for a session or a lock. It is no secret; it only has to differ. */
export const newId = (): string =>
  // `crypto.randomUUID` is missing on plain-HTTP origins.
  globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`
