import type { Theme } from 'vitepress'
// The default theme with the fonts of the system: nothing is loaded for them.
import theme from 'vitepress/theme-without-fonts'
import './style.css'

const CHINESE = 'docs/zh'

export default {
  extends: theme,
  enhanceApp({ router, siteData }) {
    const { base, locales } = siteData.value
    /** Loads what surrounds a page in Chinese. In the data of the site, each English page would carry it too. */
    router.onBeforePageLoad = async (to) => {
      if (!to.startsWith(`${base}${CHINESE}/`)) return
      const { data } = await import('./chinese.data')
      const chinese = { ...locales[CHINESE], themeConfig: data }
      siteData.value = { ...siteData.value, locales: { ...locales, [CHINESE]: chinese } }
    }
  },
} satisfies Theme
