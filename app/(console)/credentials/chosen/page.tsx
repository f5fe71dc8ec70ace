import type { Metadata } from 'next'
import Link from 'next/link'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { CREDENTIALS_PATH, credentialPath } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button-link'
import { Foreign } from '@/components/foreign'
import { TextInput } from '@/components/inputs'
import { Page } from '@/components/page'
import { Panel } from '@/components/panel'
import { services } from '@/lib/services'
import { Step } from '../_list/credential-table'
import { byUrgency } from '../_list/query'
import { rowsOf } from '../_list/rows'
import { CredentialForm } from '../_view/credential-form'
import { dayText, StateLabel } from '../_view/labels'
import { assignOwnersAction } from '../actions'
import { chosenIds } from '../ids'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('credentials'))('chosen.title') }
}

/** Several credentials that were chosen in the list: their next steps one after the other, and owners for all of them. */
export default async function ChosenPage({ searchParams }: PageProps<'/credentials/chosen'>) {
  const { locale } = await requireCaller('credentials:write')
  const { credentials, clock } = services()
  const [t, slots, { rotateDaysBefore }, { credential, to }] = await Promise.all([
    getTranslations('credentials'),
    credentials.slots(),
    credentials.watch(),
    searchParams,
  ])
  const ids = chosenIds([credential ?? []].flat())
  const rows = rowsOf(slots)
    .filter(({ view }) => ids.includes(view.id))
    .sort(byUrgency)
  const context = { now: clock.now(), locale, t }
  const list = (
    <Panel key="list" title={t('chosen.list')} flush>
      <ul className="divide-y divide-line border-t border-line">
        {rows.map((row) => (
          <li key={row.view.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4.5 py-2.5">
            <span className="min-w-0 flex-1 basis-48">
              <Link href={credentialPath(row.view.id)} prefetch={false} className="font-[600] hover:underline">
                <Foreign>{row.view.mailServer.name}</Foreign>
              </Link>
              <span className="block text-xs text-soft">
                {t(`kind.${row.view.kind}`)}
                {row.view.expiresAt && ` · ${dayText(row.view.expiresAt, context, 'short')}`}
              </span>
            </span>
            <span className="flex flex-wrap items-center gap-x-4 gap-y-2">
              <StateLabel view={row.view} t={t} />
              <Step row={row} rotateDaysBefore={rotateDaysBefore} mayWrite {...context} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
  const owners = (
    <Panel key="owners" title={t('chosen.owners')}>
      <CredentialForm
        action={assignOwnersAction}
        hidden={{ credentials: rows.map(({ view }) => view.id).join(',') }}
        submit={{ label: t('one.saveOwners'), pending: t('act.pending'), kind: 'primary' }}
      >
        <TextInput name="owners" label={t('one.owners')} hint={t('one.ownersHint')} maxLength={4000} />
      </CredentialForm>
    </Panel>
  )
  return (
    <Page title={t('chosen.title')} crumbs={[{ label: t('title'), href: CREDENTIALS_PATH }]}>
      <Answer
        tone="info"
        mark={rows.length}
        title={t('chosen.answer', { count: rows.length })}
        detail={rows.length > 0 && t('chosen.detail')}
        action={<ButtonLink href={CREDENTIALS_PATH}>{t('chosen.back')}</ButtonLink>}
      />
      {rows.length > 0 && (to === 'owner' ? [owners, list] : [list, owners])}
    </Page>
  )
}
