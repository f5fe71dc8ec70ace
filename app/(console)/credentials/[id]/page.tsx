import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { CREDENTIALS_PATH, credentialPath, replaceChosenPath } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { Icon } from '@/components/icon'
import { Page } from '@/components/page'
import { WithSide } from '@/components/panel'
import { Foreign, Link } from '@/components/text'
import { hasWrongDate } from '@/lib/credentials/expiry'
import { ROTATIONS_READ } from '@/lib/credentials/rotation/due-renewals'
import type { CredentialView, SlotsView } from '@/lib/credentials/views'
import { services } from '@/lib/services'
import { lacksDate } from '../_list/rows'
import { dependents } from '../_view/dependents'
import { nameOf } from '../_view/labels'
import { stageOf } from '../_view/stage'
import { chosenIn } from '../chosen-ids'
import { DoneNote, FileButton } from '../parts'
import { About, EditPanel } from './about'
import { CredentialAnswer, type Shared } from './answer'
import { Checks, Lifetime, RemindersSent } from './history'
import { Replacement } from './replacement'

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
export default page('credentials:read', 'credentials', async ({ may, now, t, id, query }) => {
  const { credentials } = services()
  const all = await credentials.slots()
  const known = find(all, id)
  if (!known) notFound()
  const { slots, view } = known
  const { replace, edit, chosen } = query
  const [watch, dependentsOn, rotations] = await Promise.all([
    credentials.watch(),
    dependents(),
    credentials.rotations(slots.mailServer.id, ROTATIONS_READ),
  ])
  const shared = {
    view,
    slots,
    watch,
    rotations,
    now,
    t,
    isReplacing: replace !== undefined,
    opensCertificate: replace === 'certificate',
    mayWrite: may('credentials:write'),
    mayTest: may('credentials:test'),
  }
  // Without the right date no reminder is sent in time, so the field for it is open.
  const isEditing = shared.mayWrite && (edit !== undefined || lacksDate({ view }) || hasWrongDate(view))
  return (
    <Page
      title={slots.mailServer.name}
      documentTitle={nameOf(view, t)}
      crumbs={[{ label: t('title'), href: CREDENTIALS_PATH }]}
      actions={
        view.expiresAt && (
          <FileButton
            href={`${credentialPath(view.id)}/calendar`}
            download
            icon="calendar"
            text={t('one.addToCalendar')}
          />
        )
      }
    >
      <DoneNote query={query} t={t} />
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

/** Where one is while several credentials are replaced one after the other, and the way to the next one. */
function ChosenStrip(props: {
  /** Ids of mail servers, in the order in which they are replaced. */
  chosen: readonly string[]
  all: readonly SlotsView[]
  at: string
  t: Shared['t']
}) {
  const { chosen, all, at, t } = props
  const servers = chosen.flatMap((id) => all.find(({ mailServer }) => mailServer.id === id) ?? [])
  const index = servers.findIndex(({ mailServer }) => mailServer.id === at)
  const [here, next] = [servers[index], servers[index + 1]]
  if (!here || servers.length < 2) return null
  const kind = stageOf(here) === 'remove' ? 'primary' : 'secondary'
  const [href, text] = next
    ? [replaceChosenPath(next.mailServer.id, chosen), t('chosen.next', { server: next.mailServer.name })]
    : [CREDENTIALS_PATH, t('chosen.back')]
  return (
    <nav
      aria-label={t('chosen.progress', { number: index + 1, count: servers.length })}
      className="no-print flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-line bg-well px-4.5 py-2.5 text-sm"
    >
      <b className="font-[600] tabular-nums">{t('chosen.progress', { number: index + 1, count: servers.length })}</b>
      <ol className="flex min-w-0 flex-1 flex-wrap gap-x-4 gap-y-1">
        {servers.map((slots) => (
          <li key={slots.mailServer.id} className="inline-flex min-w-0 items-center gap-1">
            {stageOf(slots) === 'remove' && (
              <>
                <Icon name="check" className="size-3.5 text-good" />
                <span className="sr-only">{t('chosen.replaced')} </span>
              </>
            )}
            <Link
              href={replaceChosenPath(slots.mailServer.id, chosen)}
              aria-current={slots === here ? 'page' : undefined}
              className="text-soft hover:underline aria-[current=page]:font-[600] aria-[current=page]:text-ink"
            >
              <Foreign>{slots.mailServer.name}</Foreign>
            </Link>
          </li>
        ))}
      </ol>
      <ButtonLink small kind={kind} href={href} text={text} />
    </nav>
  )
}
