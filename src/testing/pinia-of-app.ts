import { setActivePinia, type Pinia } from 'pinia'
import type { App } from 'vue'

/** The Pinia of an app that has none, for all testing sessions in it. */
const spares = new WeakMap<App, Pinia>()

/**
 * Serves the Pinia of an app, also one that is installed after this. An app that has none when it is mounted gets the
 * spare one.
 */
export function followPinia(app: App, spare: Pinia, serve: (pinia: Pinia) => void): void {
  const { globalProperties } = app.config
  // Another testing session of the app may follow its Pinia, too.
  const before = Object.getOwnPropertyDescriptor(globalProperties, '$pinia')
  let pinia = globalProperties.$pinia as Pinia | undefined
  Object.defineProperty(globalProperties, '$pinia', {
    configurable: true,
    enumerable: true,
    get: () => pinia,
    set(next: Pinia) {
      before?.set?.(next)
      pinia = next
      serve(next)
    },
  })
  const known = pinia ?? spares.get(app)
  serve(known ?? spare)
  if (!known) {
    spares.set(app, spare)
    // For stores that are used outside of components.
    setActivePinia(spare)
    const { mount } = app
    app.mount = (...args) => {
      if (!pinia) app.use(spare)
      return mount(...args)
    }
  }
}
