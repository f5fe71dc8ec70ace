import Link from 'next/link'
import { MESSAGES_PATH, withQuery } from '@/app/paths'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { COUNTED_MAX } from '@/lib/outbox/service'
import type { MessageCounts } from '@/lib/outbox/store/messages'

const PLACES = [
  { state: 'queued', view: 'waiting', tone: 'text-ink' },
  { state: 'sending', view: 'waiting', tone: 'text-ink' },
  { state: 'held', view: 'held', tone: 'text-warn' },
  { state: 'failed', view: 'failed', tone: 'text-bad' },
] as const satisfies readonly { state: keyof MessageCounts; view: string; tone: string }[]

/** The number of messages in each state, with links to them. Delivered messages are in the charts. */
export function CountsPart({
  counts,
  locale,
  t,
}: {
  counts: MessageCounts
  locale: Locale
  t: Translator<'overview'>
}) {
  return (
    <nav aria-label={t('counts.label')} className="mb-8">
      <ul className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {PLACES.map(({ state, view, tone }) => {
          const count = counts[state]
          const number = count.toLocaleString(locale === 'en' ? 'en-GB' : 'de-DE')
          return (
            <li key={state}>
              <Link
                href={withQuery(MESSAGES_PATH, { view })}
                prefetch={false}
                className="block h-full rounded-lg border border-line bg-surface px-4 py-3 hover:border-control"
              >
                <span className={`block text-2xl font-[620] tabular-nums ${count === 0 ? 'text-faint' : tone}`}>
                  {state === 'failed' && count >= COUNTED_MAX ? t('counts.over', { number }) : number}
                </span>
                <span className="block text-sm text-soft">{t(`counts.${state}`)}</span>
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
