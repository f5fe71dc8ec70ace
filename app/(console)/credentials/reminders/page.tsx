import type { Metadata } from 'next'
import { FlashMessage } from '@/app/_form/flash-message'
import { requireCaller } from '@/app/_server/caller'
import { getTranslations } from '@/app/_server/translations'
import { CREDENTIALS_PATH } from '@/app/paths'
import { Page } from '@/components/page'
import { may } from '@/lib/access/permissions'
import { readHeartbeats } from '@/lib/operations/store/status'
import { services } from '@/lib/services'
import { CredentialForm } from '../_rotation/credential-form'
import { CredentialParts } from '../parts'
import { tryChannelAction } from './actions'
import { AddChannel } from './add-channel'
import { ChannelsPart } from './channels-part'
import { HistoryPart } from './history-part'
import { StatusNotes } from './status-notes'
import { Thresholds } from './thresholds-part'
import { VerifyPart } from './verify-part'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('reminders'))('title') }
}

/** The newest reminders of all credentials; the Activity page has the rest. */
const ROWS_MAX = 300

export default async function RemindersPage({ searchParams }: PageProps<'/credentials/reminders'>) {
  const { actor, locale } = await requireCaller('credentials:read')
  const { credentials, reminders, clock, db } = services()
  const parameters = await searchParams
  const [t, shell, credentialLabels, channels, watch, views, history, heartbeats] = await Promise.all([
    getTranslations('reminders'),
    getTranslations('shell'),
    getTranslations('credentials'),
    reminders.channels.list(),
    credentials.watch(),
    credentials.list(),
    reminders.list(ROWS_MAX),
    readHeartbeats(db),
  ])
  const rights = { mayWrite: may(actor.role, 'credentials:write'), mayTest: may(actor.role, 'credentials:test') }
  const common = { now: clock.now(), locale, t }
  const added =
    parameters.done === 'added' && rights.mayTest ? channels.find(({ id }) => id === parameters.channel) : undefined
  return (
    <Page
      title={t('title')}
      breadcrumb={[
        { label: shell('systemSettings') },
        { label: credentialLabels('title'), href: CREDENTIALS_PATH },
        { label: t('title') },
      ]}
      description={t('description')}
    >
      <CredentialParts current="reminders" />
      <FlashMessage
        query={{ done: parameters.done }}
        t={t}
        texts="done"
        kindOf={(key) => (key === 'sending' ? 'info' : 'success')}
      />
      {added && (
        <div className="mb-6">
          <CredentialForm
            action={tryChannelAction}
            hidden={{ channel: added.id }}
            submit={{ label: t('channels.try'), pending: t('pending'), kind: 'primary', about: added.name }}
          />
        </div>
      )}
      <StatusNotes heartbeats={heartbeats} channels={channels} now={common.now} t={t} />
      <ChannelsPart channels={channels} {...rights} {...common} />
      {rights.mayWrite && <AddChannel locale={locale} t={t} />}
      <Thresholds watch={watch} mayWrite={rights.mayWrite} t={t} />
      <HistoryPart
        views={views}
        reminders={history}
        channels={channels}
        thresholdsDays={watch.thresholdsDays}
        mayTest={rights.mayTest}
        credentialLabels={credentialLabels}
        {...common}
      />
      <VerifyPart t={t} copy={{ copy: shell('copy'), copied: shell('copied') }} />
    </Page>
  )
}
