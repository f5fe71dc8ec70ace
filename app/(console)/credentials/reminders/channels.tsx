import { FormBoxes, FormInput, FormSelect } from '@/app/_form/form-input'
import { helpPath, REMINDERS_PATH, WEBHOOK_HELP_PATH, withQuery } from '@/app/paths'
import { ButtonLink } from '@/components/button'
import { Note } from '@/components/note'
import { Panel, Part } from '@/components/panel'
import { StatusBadge } from '@/components/state-badge'
import { Foreign, Named, TextLink } from '@/components/text'
import { LOCALES, type Locale } from '@/lib/i18n/locale'
import type { Translator, ViewContext } from '@/lib/i18n/translations'
import { CHOICES_MAX } from '@/lib/kernel'
import { CHANNEL_KINDS, type ChannelKind, MESSAGE_EVENTS } from '@/lib/notifications/kinds'
import type { Channel } from '@/lib/notifications/store/channel-rows'
import type { WaitingEvents } from '@/lib/submission/message-events'
import { inSentence } from '../../messages/labels'
import { CredentialForm } from '../_view/credential-form'
import {
  addChannelAction,
  changeChannelAction,
  removeChannelAction,
  renewKeyAction,
  switchChannelAction,
  testChannelAction,
} from './actions'
import { clientName } from './channel-texts'
import { faultAdvice } from './fault-text'

type T = Translator<'reminders'>

export interface RemindersContext extends ViewContext<'reminders'> {
  channels: readonly Channel[]
  thresholdsDays: readonly number[]
  mayWrite: boolean
  mayTest: boolean
  credentialLabels: Translator<'credentials'>
}

interface ChannelsProps extends RemindersContext {
  /** The channel whose forms the address asks for. */
  changedId: string | null
  /** The channel that was just added, which is to be tested next. */
  addedId: string | null
  /** Those whose messages webhooks get events of, and to choose one of them. */
  clients: readonly { id: string; name: string }[]
  /** By channel, what waits for a webhook that does not accept it. */
  waiting: ReadonlyMap<string, WaitingEvents>
  /** By channel, when what waits for it after a failed attempt is attempted again. */
  nextAttempts: ReadonlyMap<string, Date>
}

/** Every channel as a row, with the result of its latest reminder and what can be done with it. */
export function Channels({ channels, ...rest }: ChannelsProps) {
  if (channels.length === 0) return null
  return (
    <Panel id="channels" title={rest.t('channels.title')} flush>
      <ul className="divide-y divide-line border-t border-line">
        {channels.map((channel) => (
          <ChannelRow key={channel.id} channel={channel} {...rest} />
        ))}
      </ul>
    </Panel>
  )
}

function ChannelRow(props: Omit<ChannelsProps, 'channels'> & { channel: Channel }) {
  const { channel, clients, mayWrite, mayTest, changedId, addedId, ...context } = props
  const { t } = context
  const { id, name, kind, enabled, ownerOnly, lastSentAt } = channel
  const isChanging = changedId === id
  return (
    <li>
      <article id={`channel-${id}`} aria-labelledby={`channel-${id}-name`} className="grid gap-2 px-4.5 py-3.5">
        <div className="flex items-start justify-between gap-x-4 gap-y-2 max-sm:flex-wrap">
          <div className="min-w-0 sm:min-w-2/5 sm:flex-1">
            <h3 id={`channel-${id}-name`} className="inline font-[600]">
              <Foreign>{name}</Foreign>
            </h3>{' '}
            {!enabled && <StatusBadge tone="neutral">{t('channels.off')}</StatusBadge>}
            <p className="text-sm text-soft">
              {t(`channels.kind.${kind}`)}&nbsp;· <Destination channel={channel} t={t} />
              &nbsp;· {t(`locale.${channel.locale}`)}
            </p>
            <p className="text-xs text-faint">
              {lastSentAt ? `${t('channels.lastSent')}: ${t.time(lastSentAt)}` : t('channels.neverSent')}
              {ownerOnly && `\u00a0· ${t('channels.owner')}`}
            </p>
            <Contents channel={channel} clients={clients} t={t} />
          </div>
          <div className="flex flex-wrap items-start gap-2 [&_button]:whitespace-nowrap [&>a]:shrink-0">
            {mayTest && (
              <CredentialForm
                action={testChannelAction}
                hidden={{ channel: id, ...(addedId === id && { added: 1 }) }}
                submit={{ label: t('channels.try'), about: name, kind: addedId === id ? 'primary' : 'secondary' }}
              />
            )}
            {mayWrite && (
              <ButtonLink
                href={`${withQuery(REMINDERS_PATH, { change: isChanging ? null : id })}#channel-${id}`}
                text={<Named text={t(isChanging ? 'channels.close' : 'channels.change')} of={name} />}
              />
            )}
          </div>
        </div>
        <NewestFault channel={channel} {...context} />
        {mayWrite && isChanging && <ChannelForms channel={channel} clients={clients} t={t} />}
      </article>
    </li>
  )
}

/** What a webhook gets, unless it is reminders alone. */
function Contents({ channel, clients, t }: { channel: Channel; clients: ChannelsProps['clients']; t: T }) {
  const { messageEvents, messageClientId, reminders } = channel
  if (reminders && messageEvents.length === 0) return null
  const client = clientName(messageClientId, clients, t)
  const events = messageEvents.map((event) => t(`events.${event}`)).join(', ')
  return (
    <p className="text-xs text-faint">
      {events && t('events.some', { client, events })} {!reminders && t('events.noReminders')}
    </p>
  )
}

function Destination({ channel: { address, origin }, t }: { channel: Channel; t: T }) {
  if (address !== null) return <Foreign>{address}</Foreign>
  return t.rich('channels.toSecret', { origin: origin ?? '', bdi: (chunks) => <bdi>{chunks}</bdi> })
}

/** Disappears as soon as a reminder is accepted again. */
function NewestFault(props: Pick<ChannelsProps, 'waiting' | 'nextAttempts' | 'now' | 't'> & { channel: Channel }) {
  const { channel, waiting, nextAttempts, now, t } = props
  const { id, kind, lastFault, ownerOnly, enabled } = channel
  const events = enabled && waiting.get(id)
  const next = enabled && nextAttempts.get(id)
  if (!lastFault) return null
  const { title, advice, help } = faultAdvice(kind, lastFault, t.locale, ownerOnly)
  return (
    <Note kind="danger" title={t('channels.fault', { title: inSentence(title, t) })}>
      <p>{t.time(new Date(lastFault.at))}</p>
      <p>{advice}</p>
      {next && <p>{t('channels.nextAttempt', { when: t.timeUntil(next, now) })}</p>}
      {events && <p>{t('channels.waiting', { count: events.count, until: t.time(events.until) })}</p>}
      {help && (
        <TextLink href={helpPath(help)} className="block">
          {t('fault.help')}
        </TextLink>
      )}
      {lastFault.evidence && (
        <p className="font-mono text-xs wrap-anywhere">
          {t.rich('fault.said', { answer: lastFault.evidence, bdi: (chunks) => <bdi lang="en">{chunks}</bdi> })}
        </p>
      )}
    </Note>
  )
}

function ChannelForms({ channel, clients, t }: { channel: Channel; clients: ChannelsProps['clients']; t: T }) {
  const { id, name, kind, locale, enabled, ownerOnly, updatedAt } = channel
  const hidden = { channel: id }
  return (
    <div className="grid gap-4 text-sm">
      <CredentialForm
        action={switchChannelAction}
        hidden={{ ...hidden, wanted: enabled ? 'off' : 'on' }}
        submit={{ label: t(enabled ? 'channels.turnOff' : 'channels.turnOn'), about: name }}
      />
      <div className="divide-y divide-line border-y border-line">
        <CredentialForm
          action={changeChannelAction}
          hidden={{ ...hidden, after: updatedAt.toISOString() }}
          submit={{ label: t('channels.save'), about: name }}
          guarded
          fold={{
            title: t(kind === 'webhook' ? 'channels.editWebhook' : 'channels.edit'),
            intro: t('channels.destination'),
          }}
        >
          <NameInput key={name} idPrefix={id} defaultValue={name} t={t} />
          <LocaleSelect key={locale} idPrefix={id} chosen={locale} t={t} />
          {kind === 'webhook' && <WebhookContents channel={channel} clients={clients} t={t} />}
        </CredentialForm>
        {kind === 'webhook' && (
          <CredentialForm
            action={renewKeyAction}
            hidden={hidden}
            submit={{ label: t('channels.renewButton'), about: name }}
            fold={{ title: t('channels.renew'), intro: <SigningNote text={t('channels.renewText')} t={t} /> }}
          />
        )}
        {!ownerOnly && (
          <CredentialForm
            action={removeChannelAction}
            hidden={hidden}
            submit={{ label: t('channels.removeButton'), kind: 'danger', about: name }}
            fold={{ title: t('channels.remove'), intro: t('channels.removeText') }}
          />
        )}
      </div>
    </div>
  )
}

function WebhookContents({ channel, clients, t }: { channel: Channel; clients: ChannelsProps['clients']; t: T }) {
  const { messageEvents, messageClientId: chosen, reminders } = channel
  const field = { idPrefix: channel.id, name: 'client', label: t('events.client') }
  const values = [...new Set(['', ...clients.map(({ id }) => id), ...(chosen === null ? [] : [chosen])])]
  return (
    <>
      <FormBoxes
        name="contents"
        legend={t('events.title')}
        options={(['reminders', ...MESSAGE_EVENTS] as const).map((value) => ({ value, label: t(`events.${value}`) }))}
        chosen={[...(reminders ? ['reminders'] : []), ...messageEvents]}
      />
      {values.length <= CHOICES_MAX ? (
        <FormSelect
          {...field}
          hint={t('events.intro')}
          defaultValue={chosen ?? ''}
          options={values.map((value) => ({ value, label: clientName(value || null, clients, t) }))}
        />
      ) : (
        <FormInput
          {...field}
          hint={`${t('events.intro')} ${t('events.wholeName')}`}
          defaultValue={clients.find(({ id }) => id === chosen)?.name ?? chosen ?? ''}
          maxLength={320}
        />
      )}
    </>
  )
}

const SigningNote = ({ text, t }: { text: string; t: T }) => (
  <>
    {text} <TextLink href={WEBHOOK_HELP_PATH}>{t('channels.howSigned')}</TextLink>
  </>
)

export function AddChannel({ t }: { t: T }) {
  return (
    <Part id="add" title={t('add.title')}>
      <div className="grid gap-2.5">
        {CHANNEL_KINDS.map((kind) => (
          <CredentialForm
            key={kind}
            action={addChannelAction}
            hidden={{ kind }}
            submit={{ label: t('add.submit'), kind: 'primary' }}
            guarded
            fold={{ title: t(`add.${kind}`), intro: t(`add.${kind}Text`), card: true }}
          >
            {kind === 'teams' && (
              <div className="text-sm text-soft">
                <ol className="list-decimal space-y-1 pl-5">
                  {t.list('add.teamsSteps').map((step) => (
                    <li key={step}>{step}</li>
                  ))}
                </ol>
                <p className="mt-1.5 text-faint">{t('add.teamsChecked')}</p>
              </div>
            )}
            <NameInput idPrefix={kind} hint={t('add.nameHint')} t={t} />
            <AddressInput kind={kind} t={t} />
            {kind === 'webhook' && (
              <FormSelect
                idPrefix="webhook"
                name="about"
                label={t('add.about')}
                hint={t('add.aboutHint')}
                options={[
                  { value: 'notifications', label: t('add.aboutNotifications') },
                  { value: 'messages', label: t('add.aboutMessages') },
                ]}
              />
            )}
            <LocaleSelect idPrefix={kind} chosen={t.locale} t={t} />
            {kind === 'webhook' && (
              <p className="text-sm">
                <SigningNote text="" t={t} />
              </p>
            )}
          </CredentialForm>
        ))}
      </div>
    </Part>
  )
}

const NameInput = ({ t, ...field }: { idPrefix: string; hint?: string; defaultValue?: string; t: T }) => (
  <FormInput name="name" autoCapitalize="sentences" label={t('add.name')} maxLength={100} required {...field} />
)

function AddressInput({ kind, t }: { kind: ChannelKind; t: T }) {
  if (kind === 'mail')
    return <FormInput idPrefix={kind} name="address" label={t('add.address')} type="email" maxLength={320} required />
  return (
    <FormInput
      idPrefix={kind}
      name="url"
      label={t(kind === 'teams' ? 'add.teamsUrl' : 'add.url')}
      hint={t('add.urlHint')}
      type="password"
      maxLength={2048}
      required
    />
  )
}

const LocaleSelect = ({ idPrefix, chosen, t }: { idPrefix: string; chosen: Locale; t: T }) => (
  <FormSelect
    idPrefix={idPrefix}
    name="locale"
    label={t('add.locale')}
    defaultValue={chosen}
    options={LOCALES.map((value) => ({ value, label: t(`locale.${value}`) }))}
  />
)
