import { HAND_OVER_PATH, SET_UP_DOWNLOAD_PATH } from '@/app/paths'
import { Section } from '@/components/section'
import { LANGUAGE_NAMES, LOCALES } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import { HAND_OVER_PARTS, type HandOverPart } from '@/lib/setup-guide/hand-over'
import type { Guide } from '@/lib/setup-guide/values'
import { guideHref } from '../query'

interface HandOverProps {
  guide: Guide
  /** Id of the mail server that the guide is about. */
  server: string
  t: Translator<'set-up'>
}

export function HandOverSection(props: HandOverProps) {
  const { t } = props
  return (
    <Section id="hand-over" title={t('handOver.title')} description={t('handOver.text')}>
      <ul className="grid gap-4 sm:grid-cols-2">
        {HAND_OVER_PARTS.map((part) => (
          <li key={part} className="rounded-lg border border-line bg-surface px-4 py-3.5">
            <h3 className="mb-2 font-[600]">{t(`handOver.${part}`)}</h3>
            <HandOverLinks part={part} {...props} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** One administrator's sheet in each language, to print and as a file. */
function HandOverLinks({ part, guide, server, t }: HandOverProps & { part: HandOverPart }) {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
      {LOCALES.map((language) => {
        const link = (label: string, path: string, more: Record<string, string>) => (
          <a href={guideHref(guide, server, path, { ...more, language })} className="text-accent underline">
            {label}
          </a>
        )
        const file = (ending: 'md' | 'txt') => ({ file: `postroom-hand-over-${part}.${ending}` })
        return (
          <div key={language} className="contents">
            <dt lang={language}>{LANGUAGE_NAMES[language]}</dt>
            <dd className="flex flex-wrap gap-x-4 gap-y-1">
              {link(t('handOver.open'), HAND_OVER_PATH, { for: part })}
              {link(t('handOver.markdown'), SET_UP_DOWNLOAD_PATH, file('md'))}
              {link(t('handOver.plain'), SET_UP_DOWNLOAD_PATH, file('txt'))}
            </dd>
          </div>
        )
      })}
    </dl>
  )
}
