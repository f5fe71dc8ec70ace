/** A person's choice of colours; without the cookie the system's own setting holds. */
export const THEMES = ['light', 'dark'] as const
export type Theme = (typeof THEMES)[number]
export const THEME_COOKIE = 'theme'

export const isTheme = (text: unknown): text is Theme => THEMES.some((theme) => theme === text)
