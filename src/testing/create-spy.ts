/** Makes a spy of a function: `vi.fn`, `jest.fn`, or `fn` of `storybook/test`. */
export type CreateSpy = (implementation: (...args: never[]) => unknown) => unknown

/** The globals of test runners. Vitest has its own with `globals: true` only, and Jest in CommonJS only. */
declare const vi: { readonly fn?: CreateSpy } | undefined
declare const jest: { readonly fn?: CreateSpy } | undefined

/**
 * Returns the function that makes spies, the one given or that of the test runner.
 *
 * @throws where there is none, or where a spy was given
 */
export function spyMaker(given: CreateSpy | undefined): CreateSpy {
  const createSpy =
    given ??
    (typeof jest === 'undefined' ? undefined : jest.fn) ??
    (typeof vi === 'undefined' ? undefined : vi.fn)
  if (!createSpy) {
    throw new Error(
      'createTestingAuth(): there is no global `vi` or `jest`; pass `createSpy: vi.fn`.',
    )
  }
  if ('mock' in createSpy) {
    throw new Error('createTestingAuth(): `createSpy` is a spy; pass `vi.fn`, not `vi.fn()`.')
  }
  return createSpy
}
