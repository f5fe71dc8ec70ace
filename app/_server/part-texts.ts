import type { Translator } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel/record-of'

/** For `WithPartTexts`. */
export const partTexts = (t: Translator<'shell'>) =>
  recordOf(['copy', 'copied', 'close', 'pending'] as const, (key) => t(key))
