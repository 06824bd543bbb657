import { inject } from 'vitest'

/** The URL of the browser that no file but this one uses now. */
export function ownBrowser(): string {
  const url = inject('browsers')[Number(process.env['VITEST_POOL_ID']) - 1]
  if (!url) throw new Error('There are more workers than browsers.')
  return url
}
