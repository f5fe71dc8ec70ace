import type { Route } from 'next'
import Link from 'next/link'
import { CREDENTIALS_PATH, REMINDERS_PATH } from '@/app/paths'
import { Note } from '@/components/note'
import type { Translator } from '@/lib/i18n/translations'
import type { Degradation } from '@/lib/operations/status'

/** An unknown proxy has no entry, because proxies are set in the environment, which no page can change. */
const FIXED_AT = {
  'clock-silent': '#processes',
  'credential-refused': CREDENTIALS_PATH,
  'credential-expired': CREDENTIALS_PATH,
  'reminders-given-up': `${REMINDERS_PATH}#told`,
  keys: '#keys',
} as const satisfies Record<Exclude<Degradation, 'proxy-unknown'>, string>

/** Everything that degrades the console, each with a link to where it is fixed. */
export function Degradations({
  degradations,
  proxy,
  t,
}: {
  degradations: readonly Degradation[]
  /** Address of a proxy that is not configured; empty if there is none. */
  proxy: string
  t: Translator<'people'>
}) {
  if (degradations.length === 0) return null
  return (
    <Note kind="danger" title={t('system.degradedTitle')} className="mb-6">
      {degradations.map((each) => (
        <p key={each}>
          {t(`system.degradedBy.${each}`, { proxy })}{' '}
          {each !== 'proxy-unknown' && (
            <Link href={FIXED_AT[each] as Route} prefetch={false} className="prose-link">
              {t(`system.degradedTo.${each}`)}
            </Link>
          )}
        </p>
      ))}
    </Note>
  )
}
