import { FlashMessage } from '@/app/_form/flash-message'
import type { SearchParams } from '@/app/search-params'
import type { Translator } from '@/lib/i18n/translations'
import type { Done } from './once'

/** Results of a test after which something is left to do. */
const UNFINISHED: readonly string[] = ['not-known-yet', 'refused', 'unknown'] satisfies Done[]

/** What the previous step did, and what comes next. */
export const DoneNote = (props: { query: SearchParams; t: Translator<'credentials'> }) => (
  <FlashMessage
    {...props}
    kindOf={(key) => (UNFINISHED.includes(key) ? 'warning' : 'success')}
    className="no-print mb-6"
  />
)
