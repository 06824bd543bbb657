import { readonly, ref, type Ref } from 'vue'
import type { AuthEvent } from 'vue-auth-refresh'

/** What another tab did to the session that all tabs share. */
export type News = 'signed-in' | 'signed-out'

export interface Elsewhere {
  /** The latest, until this tab signs in or out itself or the visitor has seen enough of it. */
  readonly news: Readonly<Ref<News | null>>
  dismiss(): void
  record(event: AuthEvent): void
}

export function createElsewhere(): Elsewhere {
  const news = ref<News | null>(null)

  return {
    news: readonly(news),
    dismiss: () => void (news.value = null),
    record(event) {
      if (event.type === 'session-started') news.value = event.adopted ? 'signed-in' : null
      if (event.type === 'session-ended') {
        news.value = event.adopted && event.reason === 'signed-out' ? 'signed-out' : null
      }
    },
  }
}
