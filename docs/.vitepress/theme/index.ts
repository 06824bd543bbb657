import type { Theme } from 'vitepress'
// The default theme with the fonts of the system: nothing is loaded for them.
import theme from 'vitepress/theme-without-fonts'
import './style.css'

const CHINESE = 'docs/zh'

export default {
  extends: theme,
  enhanceApp({ router, siteData }) {
    const { base, locales } = siteData.value
    const chinese = locales[CHINESE]
    /** Loads the navigation and labels in Chinese. In the data of the site, each English page would carry them too. */
    router.onBeforePageLoad = async (to) => {
      if (!chinese || !to.startsWith(`${base}${CHINESE}/`)) return
      const { data } = await import('./chinese.data')
      const inChinese = { ...locales, [CHINESE]: { ...chinese, themeConfig: data } }
      siteData.value = { ...siteData.value, locales: inChinese }
    }
  },
} satisfies Theme
