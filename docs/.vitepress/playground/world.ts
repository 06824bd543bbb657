import type { AxiosAdapter } from 'axios'
import { createFakeAuthServer, type FakeAuthServer } from 'vue-auth-refresh/testing'
import type { Words } from './words'

/** How long a request is on its way, in ms. */
const QUICK_MS = 200
const SLOW_MS = 2_000
const LIFETIME_MS = 60_000
/** Holds the name of the session in `sessionStorage`: each page has its own, also after a reload. */
const NAME_KEY = 'playground'

/** The server of the playground. It is in the page, and its tabs are frames there. */
export interface World {
  readonly server: FakeAuthServer
  /** The words of the page, which the tabs use too: each loads those of one language. */
  readonly words: Words
  /** The name of the session that the tabs share. */
  readonly name: string
  /** Sends the requests of a tab. */
  readonly adapter: AxiosAdapter
  isSlow: boolean
  /** Opened once the first tab has signed in. The session of an earlier load of the page is over then. */
  readonly begun: Promise<void>
  begin(this: void): void
}

/** A tab, as the page around it sees it. */
export interface TabHandle {
  /** Sends that many requests at once. */
  ask(count: number): void
}

declare global {
  interface Window {
    playground?: World
    playgroundTab?: TabHandle
  }
}

function nameOfPage(): string {
  const name = sessionStorage.getItem(NAME_KEY) ?? `playground-${crypto.randomUUID()}`
  sessionStorage.setItem(NAME_KEY, name)
  return name
}

/** @param onNews called for each request, and once more for its answer */
export function createWorld(words: Words, onNews: () => void): World {
  const server = createFakeAuthServer({
    users: ['Ada', 'Grace'].map((name) => ({ credentials: { name }, user: { name } })),
    lifetime: LIFETIME_MS,
  })
  let begin!: () => void
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const world: World = {
    server,
    words,
    begun,
    begin,
    name: nameOfPage(),
    isSlow: false,
    async adapter(config) {
      await new Promise((resolve) => setTimeout(resolve, world.isSlow ? SLOW_MS : QUICK_MS))
      const answer = server.adapter(config)
      onNews()
      return answer.finally(onNews)
    },
  }
  return world
}
