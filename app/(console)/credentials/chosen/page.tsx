import { redirect } from 'next/navigation'
import { FormInput } from '@/app/_form/form-input'
import { page } from '@/app/_server/page'
import { CREDENTIALS_PATH, credentialPath, replaceChosenPath } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Page } from '@/components/page'
import { Panel } from '@/components/panel'
import { NameLink } from '@/components/text'
import type { ViewContext } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { byUrgency } from '../_list/query'
import { type CredentialRow, credentialRowsOf } from '../_list/rows'
import { CredentialForm } from '../_view/credential-form'
import { Owners, StateLabel } from '../_view/labels'
import { assignOwnersAction } from '../actions'
import { chosenIds, seenOwnersField } from '../chosen-ids'

/** Several credentials that were chosen in the list: leads to the replacement of the first one, or gives all of them owners. */
export default page('credentials:write', 'credentials', async ({ now, t, query: { credential, to } }) => {
  const ids = chosenIds([credential ?? []].flat())
  const rows = credentialRowsOf(await services().credentials.slots())
    .filter(({ view }) => ids.includes(view.id))
    .sort(byUrgency)
  const servers = rows.map(({ view }) => view.mailServer.id)
  if (to !== 'owner' && servers[0]) redirect(replaceChosenPath(servers[0], servers))
  return (
    <Page title={t('chosen.title')} crumbs={[{ label: t('title'), href: CREDENTIALS_PATH }]}>
      <Answer
        tone="info"
        mark={rows.length}
        title={t('chosen.answer', { count: rows.length })}
        detail={rows.length > 1 && t('chosen.detail')}
        action={<ButtonLink href={CREDENTIALS_PATH} text={t('chosen.back')} />}
      />
      {rows.length > 0 && (
        <>
          <Panel title={t('chosen.owners', { count: rows.length })} className="max-w-[34rem]">
            <CredentialForm
              action={assignOwnersAction}
              hidden={{
                credentials: rows.map(({ view }) => view.id).join(','),
                ...Object.fromEntries(rows.map(({ view }) => [seenOwnersField(view.id), view.owners.join(', ')])),
              }}
              submit={{ label: t('one.saveOwners'), kind: 'primary' }}
            >
              <FormInput name="owners" label={t('one.owners')} hint={t('one.ownersHint')} maxLength={4000} />
            </CredentialForm>
          </Panel>
          <Chosen rows={rows} now={now} t={t} />
        </>
      )}
    </Page>
  )
})

const Chosen = ({ rows, ...context }: ViewContext<'credentials'> & { rows: readonly CredentialRow[] }) => (
  <Panel flush>
    <ul className="divide-y divide-line">
      {rows.map(({ view }) => (
        <li key={view.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4.5 py-2.5">
          <span className="min-w-0 flex-1 basis-48">
            <NameLink href={credentialPath(view.id)} name={view.mailServer.name} />
            <span className="block text-xs text-soft">
              {context.t(`kind.${view.kind}`)}
              {view.expiresAt && `\u00a0· ${context.t.clearDay(view.expiresAt, context.now)}`}
            </span>
          </span>
          <StateLabel view={view} t={context.t} />
          <span className="min-w-0 basis-48 text-sm text-soft">
            <Owners owners={view.owners} none={context.t('table.noOwner')} />
          </span>
        </li>
      ))}
    </ul>
  </Panel>
)
