import { printable, type Secrets } from './secrets'
import { withCure } from './warn'

/**
 * Prints that a callback of the application has failed. It may have thrown what it was given.
 *
 * @param secrets cut out of the error
 */
export const complain =
  (callback: string, ...secrets: Secrets) =>
  (error: unknown): void =>
    console.error(
      `[vue-auth-refresh] ${withCure(`${callback} threw`, 'a-callback-threw')}`,
      printable(error, ...secrets),
    )

/** Asks a callback of the application, and waits for its answer. An error is printed, and the answer is `otherwise`. */
export async function awaitSafely<T>(
  callback: string,
  ask: () => T | Promise<T>,
  otherwise: T,
  ...secrets: Secrets
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    complain(callback, ...secrets)(error)
    return otherwise
  }
}

/** Asks a callback of the application. An error is printed, and the answer is `otherwise`. */
export function callSafely<T>(callback: string, ask: () => T, otherwise: T, ...secrets: Secrets): T
export function callSafely<T>(callback: string, ask: () => T): T | undefined
export function callSafely<T>(
  callback: string,
  ask: () => T,
  otherwise?: T,
  ...secrets: Secrets
): T | undefined {
  try {
    return ask()
  } catch (error) {
    complain(callback, ...secrets)(error)
    return otherwise
  }
}
