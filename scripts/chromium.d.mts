import type { LaunchOptions } from 'playwright'

/** What to launch the browser with. Rejects when there is none, saying how to get one. */
export function chromiumLaunchOptions(): Promise<LaunchOptions>
