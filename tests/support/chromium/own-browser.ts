import { launchBrowser } from './launch.ts'

declare global {
  var ownBrowserUrl: Promise<string> | undefined
}

/** The URL of the browser of this process, launched when the first spec file asks for it. It ends with the process. */
export function ownBrowser(): Promise<string> {
  return (globalThis.ownBrowserUrl ??= launchBrowser().then(({ url }) => url))
}
