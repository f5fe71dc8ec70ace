/** The colour themes that can be chosen. Without the cookie the setting of the operating system applies. */
export const THEMES = ['light', 'dark'] as const
export type Theme = (typeof THEMES)[number]
export const THEME_COOKIE = 'theme'

export const isTheme = (text: unknown): text is Theme => THEMES.some((theme) => theme === text)
