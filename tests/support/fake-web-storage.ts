import { onTestFinished, vi } from 'vitest'

/** A `localStorage` over a map, where the test may look behind it and make it go wrong. */
export class FakeWebStorage implements Storage {
  [name: string]: unknown
  readonly items = new Map<string, string>()

  get length(): number {
    return this.items.size
  }

  clear(): void {
    this.items.clear()
  }

  getItem(key: string): string | null {
    return this.items.get(key) ?? null
  }

  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null
  }

  removeItem(key: string): void {
    this.items.delete(key)
  }

  setItem(key: string, value: string): void {
    this.items.set(key, value)
  }
}

/** Puts a fake in the place of a global until the test is over. */
export function fakeWebStorage(
  name: 'localStorage' | 'sessionStorage' = 'localStorage',
): FakeWebStorage {
  const storage = new FakeWebStorage()
  vi.stubGlobal(name, storage)
  onTestFinished(() => {
    vi.unstubAllGlobals()
  })
  return storage
}
