import { withCure } from './warn'

/** Prints that a callback of the application has failed. */
export const complain =
  (callback: string) =>
  (error: unknown): void =>
    console.error(`[vue-auth-refresh] ${withCure(`${callback} threw`, 'a-callback-threw')}`, error)

/** Asks a callback of the application, and waits for its answer. An error is printed, and the answer is `otherwise`. */
export async function awaitSafely<T>(
  callback: string,
  ask: () => T | Promise<T>,
  otherwise: T,
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    complain(callback)(error)
    return otherwise
  }
}

/** Asks a callback of the application. An error is printed, and the answer is `otherwise`. */
export function callSafely<T>(callback: string, ask: () => T, otherwise: T): T
export function callSafely<T>(callback: string, ask: () => T): T | undefined
export function callSafely<T>(callback: string, ask: () => T, otherwise?: T): T | undefined {
  try {
    return ask()
  } catch (error) {
    complain(callback)(error)
    return otherwise
  }
}
