export function findChromium(): string | null
export function ensureChromium(): string | null
export const CHROMIUM_FLAGS: string[]
export const WITHOUT_FEATURES: string[]
