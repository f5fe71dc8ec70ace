import type { Route } from 'next'
import Link from 'next/link'
import { CREDENTIALS_PATH, REMINDERS_PATH } from '@/app/paths'
import { Note } from '@/components/note'
import type { Translator } from '@/lib/i18n/translations'
import type { Degradation } from '@/lib/operations/status'

/** An unknown proxy is missing: the environment names the proxies, and no page can change it. */
const PLACE = {
  'clock-silent': '#processes',
  'credential-refused': CREDENTIALS_PATH,
  'credential-expired': CREDENTIALS_PATH,
  'reminders-given-up': `${REMINDERS_PATH}#told`,
  keys: '#keys',
} as const satisfies Record<Exclude<Degradation, 'proxy-unknown'>, string>

/** What makes the whole less than it should be, each with the place where it is mended. */
export function Degradations({
  degradations,
  proxy,
  t,
}: {
  degradations: readonly Degradation[]
  /** Address of an unknown proxy, if there is one. */
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
            <Link href={PLACE[each] as Route} prefetch={false} className="prose-link">
              {t(`system.degradedTo.${each}`)}
            </Link>
          )}
        </p>
      ))}
    </Note>
  )
}
