import { Section } from '@/components/section'
import type { Translator } from '@/lib/i18n/translations'
import { SENDER_WAYS } from '@/lib/policy/sender'

/** Explains the two login ways and what each requires. */
export function WaysPart({ t }: { t: Translator<'senders'> }) {
  return (
    <Section id="ways" title={t('way.title')}>
      <dl className="grid max-w-[52rem] gap-4">
        {SENDER_WAYS.map((way) => (
          <div key={way}>
            <dt className="font-[550]">{t(`way.${way}-choice`)}</dt>
            <dd className="text-sm text-pretty text-soft">{t(`way.${way}-text`)}</dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}
