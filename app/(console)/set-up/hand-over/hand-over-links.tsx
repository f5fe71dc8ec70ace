import { HAND_OVER_PATH, SET_UP_DOWNLOAD_PATH } from '@/app/paths'
import { LANGUAGE_NAMES, LOCALES } from '@/lib/i18n/locale'
import type { Translator } from '@/lib/i18n/translations'
import type { HandOverPart } from '@/lib/setup-guide/hand-over'
import type { Guide } from '@/lib/setup-guide/values'
import { guideHref } from '../query'

/** One administrator's sheet in each language, to print and as a file. */
export function HandOverLinks({
  part,
  ...about
}: {
  part: HandOverPart
  guide: Guide
  server: string
  t: Translator<'set-up'>
}) {
  const { guide, server, t } = about
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
