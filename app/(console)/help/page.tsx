import type { Metadata } from 'next'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { HELP_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { EmptyState } from '@/components/empty-state'
import { Note } from '@/components/note'
import { Page } from '@/components/page'
import { Section } from '@/components/section'
import { codesOfGroup, DIAGNOSIS_GROUPS, search } from '@/lib/diagnosis'
import { CodeList } from './code-list'
import { SearchForm } from './search-form'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('help'))('title') }
}

export default async function HelpPage({ searchParams }: PageProps<'/help'>) {
  const { locale } = await requireCaller('help:read')
  const t = await getTranslations('help')
  const { q } = await searchParams
  const query = typeof q === 'string' ? q.trim() : ''
  const { recognised, codes } = search(query, locale)
  return (
    <Page title={t('title')} description={t('intro')}>
      <SearchForm query={query} t={t} />
      {query === '' ? (
        DIAGNOSIS_GROUPS.map((group) => (
          <Section key={group} id={group} title={t(`groups.${group}`)}>
            <CodeList codes={codesOfGroup(group)} locale={locale} />
          </Section>
        ))
      ) : codes.length === 0 ? (
        <EmptyState title={t('search.none')} action={<ButtonLink href={HELP_PATH}>{t('search.reset')}</ButtonLink>}>
          {t('search.noneHint')}
        </EmptyState>
      ) : (
        <Section
          id="found"
          title={t('search.count', { count: codes.length })}
          aside={<ButtonLink href={HELP_PATH}>{t('search.reset')}</ButtonLink>}
        >
          {recognised && (
            <Note kind="info" className="mb-4">
              <p>{t('search.recognised', { sign: recognised.signature })}</p>
            </Note>
          )}
          <CodeList codes={codes} locale={locale} />
        </Section>
      )}
    </Page>
  )
}
