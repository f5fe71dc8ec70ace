import { page, pageTitle } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { CREDENTIALS_PATH, credentialPath } from '@/app/paths'
import { WithSide } from '@/components/columns'
import { Icon } from '@/components/icon'
import { Page } from '@/components/page'
import type { CredentialView, SlotsView } from '@/lib/credentials/views'
import { services } from '@/lib/services'
import { lacksDate } from '../_list/rows'
import { dependents } from '../_view/dependents'
import { chosenIn } from '../chosen-ids'
import { DoneNote } from '../done-note'
import { About, EditPanel } from './about'
import { CredentialAnswer } from './answer'
import { ChosenStrip } from './chosen-strip'
import { Checks, Lifetime, RemindersSent } from './history'
import { Replacement } from './replacement'

export const generateMetadata = pageTitle('credentials', 'one.metadata')

/** @param id of a credential, or of a mail server for the credential that it uses */
function find(all: readonly SlotsView[], id: string): { slots: SlotsView; view: CredentialView } | null {
  for (const slots of all) {
    const { mailServer, current, next, previous } = slots
    const view = mailServer.id === id ? (current ?? next) : [current, next, ...previous].find((each) => each?.id === id)
    if (view) return { slots, view }
  }
  return null
}

/** Whether one credential is good, and the next step of its replacement. Its title is the mail server. */
export default page('credentials:read', 'credentials', async ({ may, now, locale, t, id, query }) => {
  const { credentials } = services()
  const all = await credentials.slots()
  const known = find(all, id)
  if (!known) notFound()
  const { slots, view } = known
  const { done, replace, edit, chosen } = query
  const [watch, dependentsOn] = await Promise.all([credentials.watch(), dependents()])
  const shared = {
    ...{ view, slots, watch, now, locale, t },
    isReplacing: replace !== undefined,
    opensCertificate: replace === 'certificate',
    mayWrite: may('credentials:write'),
    mayTest: may('credentials:test'),
  }
  // Without a date no reminder can be sent, so the field for it is open.
  const isEditing = shared.mayWrite && (edit !== undefined || lacksDate({ view }))
  return (
    <Page
      title={slots.mailServer.name}
      crumbs={[{ label: t('title'), href: CREDENTIALS_PATH }]}
      actions={
        view.expiresAt && (
          <a href={`${credentialPath(view.id)}/calendar`} download className="button button-secondary">
            <Icon name="calendar" className="size-4" />
            <span className="bar-label">{t('one.addToCalendar')}</span>
          </a>
        )
      }
    >
      <DoneNote done={done} t={t} />
      <ChosenStrip chosen={chosenIn(chosen)} all={all} at={slots.mailServer.id} t={t} />
      <CredentialAnswer {...shared} />
      <WithSide
        side={
          <>
            <About dependents={dependentsOn(slots.mailServer.id)} isEditing={isEditing} {...shared} />
            <RemindersSent {...shared} />
          </>
        }
      >
        <Lifetime {...shared} />
        <Replacement {...shared} />
        {isEditing && <EditPanel {...shared} />}
        <Checks {...shared} />
      </WithSide>
    </Page>
  )
})
