import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright'
import { chromiumLaunchOptions } from '../../../scripts/chromium.mjs'

/** A browser to connect to by `chromium.connectOverCDP()`. */
export interface LaunchedBrowser {
  readonly url: string
  close(): Promise<void>
}

export async function launchBrowser(): Promise<LaunchedBrowser> {
  const { args = [], ...options } = await chromiumLaunchOptions()
  const hosts = 'MAP *.localhost 127.0.0.1, MAP *.test 127.0.0.1'
  const launched = await chromium.launch({
    ...options,
    args: [...args, '--remote-debugging-port=0', `--host-resolver-rules=${hosts}`],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
  const cdp = await launched.newBrowserCDPSession()
  const { commandLine } = await cdp.send('SystemInfo.getInfo')
  const profile = /--user-data-dir=(.+?)"?(?= "?--|$)/.exec(commandLine)?.[1] ?? ''
  const [port] = (await readFile(join(profile, 'DevToolsActivePort'), 'utf8')).split('\n')
  return { url: `http://127.0.0.1:${port}`, close: () => launched.close() }
}
