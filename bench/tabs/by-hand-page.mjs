// The typical project of the comparison, with its tokens in the localStorage that all tabs share.
import { setUp } from '../compare/rivals/typical-project.mjs'

const stored = {
  get: (key) => localStorage.getItem(key),
  set: (key, value) => localStorage.setItem(key, value),
  clear: () => localStorage.clear(),
}
window.byHand = setUp({ origin: location.origin, prepare() {}, stored })
