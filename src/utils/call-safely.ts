import { printable, type Clean } from './printable'
import { withCure } from './warn'

/**
 * Prints that a callback of the application has failed. It may have thrown what it was given.
 *
 * @param clean cuts secrets out of the error
 */
export const complain =
  (callback: string, clean?: Clean) =>
  (error: unknown): void =>
    console.error(
      `[vue-auth-refresh] ${withCure(`${callback} threw`, 'a-callback-threw')}`,
      printable(error, clean),
    )

/** Asks a callback of the application, and waits for its answer. An error is printed, and the answer is `otherwise`. */
export async function awaitSafely<T>(
  callback: string,
  ask: () => T | Promise<T>,
  otherwise: T,
  clean?: Clean,
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    complain(callback, clean)(error)
    return otherwise
  }
}

/** Asks a callback of the application. An error is printed, and the answer is `otherwise`. */
export function callSafely<T>(callback: string, ask: () => T, otherwise: T, clean?: Clean): T
export function callSafely<T>(callback: string, ask: () => T): T | undefined
export function callSafely<T>(
  callback: string,
  ask: () => T,
  otherwise?: T,
  clean?: Clean,
): T | undefined {
  try {
    return ask()
  } catch (error) {
    complain(callback, clean)(error)
    return otherwise
  }
}
