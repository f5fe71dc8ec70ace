import { Foreign } from '@/components/foreign'
import { Gauge } from '@/components/gauge'
import { Section } from '@/components/section'
import type { Locale } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { LIMIT_WARNED_FROM, MESSAGES_A_MINUTE_MAX, RECIPIENTS_A_DAY_MAX } from '@/lib/outbox/delivery/limits'
import type { MailboxUse } from '@/lib/outbox/store/traffic'

interface ViewContext {
  locale: Locale
  t: Translator<'overview'>
}

/** How much each mailbox uses of what Microsoft allows, and the source of these limits. */
export function LimitsPart({ use, ...context }: { use: readonly MailboxUse[] } & ViewContext) {
  const { t } = context
  return (
    <Section id="limits" title={t('limits.title')} description={t('limits.text')}>
      <ul className="grid gap-5">
        {use.map(({ mailbox, messagesLastMinute, recipientsLastDay }) => (
          <li key={mailbox} className="grid gap-x-8 gap-y-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_minmax(0,1fr)]">
            <p className="min-w-0 font-[550]">
              <Foreign>{mailbox}</Foreign>
            </p>
            <Use kind="minute" used={messagesLastMinute} limit={MESSAGES_A_MINUTE_MAX} {...context} />
            <Use kind="recipients" used={recipientsLastDay} limit={RECIPIENTS_A_DAY_MAX} {...context} />
          </li>
        ))}
      </ul>
      <div className="mt-5 grid max-w-[46rem] gap-1.5 text-sm text-faint">
        <p>{t('limits.source')}</p>
        <p>{t('limits.tenant')}</p>
      </div>
    </Section>
  )
}

function Use(props: { kind: 'minute' | 'recipients'; used: number; limit: number } & ViewContext) {
  const { kind, used, limit, t } = props
  const isNear = used >= LIMIT_WARNED_FROM * limit
  return (
    <div className="min-w-0">
      <p className="mb-1 flex flex-wrap justify-between gap-x-3 text-sm">
        <span className="text-soft">{t(`limits.${kind}`)}</span>
        <span className={`tabular-nums ${isNear ? 'font-[600] text-warn' : ''}`}>
          {t('limits.of', { used, limit })}
        </span>
      </p>
      <Gauge used={used} limit={limit} warnedFrom={LIMIT_WARNED_FROM} />
      {isNear && <p className="mt-1 text-xs text-warn">{t(`limits.${kind}Near`)}</p>}
    </div>
  )
}
