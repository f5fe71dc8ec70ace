import type { ReactNode } from 'react'
import { FlashMessage } from '@/app/_form/flash-message'
import { FormSelect, FormTextArea } from '@/app/_form/form-input'
import { page } from '@/app/_server/page'
import { clientPath, SUBMISSION_SESSIONS_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { ButtonForm } from '@/components/button-form'
import { Page } from '@/components/page'
import { Panel } from '@/components/panel'
import { Refresh } from '@/components/refresh'
import { TaskList } from '@/components/tasks'
import { TextLink } from '@/components/text'
import type { ViewContext } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { type Client, SENDERS_MAX } from '@/lib/submission/client'
import { ENTRANCES, openPorts } from '@/lib/submission/entrance'
import { LEARNING_MINUTES, type Learning } from '@/lib/submission/learning'
import { SettingsForm } from '../../_form/settings-form'
import { clientTabs, ListenerOffNote } from '../parts'
import { addHref } from '../sessions/remedy'
import { startLearningAction, stopLearningAction } from './actions'
import { isAddedAs } from './is-added-as'
import { silenceText } from './silence-text'

/** A device that was just set up is expected here at once. A listener writes what it has seen once a second. */
const REFRESH_SECONDS = 3
const USUAL_MINUTES = 60

/** For a short time, the devices of a network may submit without a login, so that each can be added. */
export default page('clients:read', 'clients', async ({ may, now, t, query }) => {
  const { environment, submission } = services()
  const learning = await submission.learning.current()
  const addresses = learning?.devices.map(({ address }) => address) ?? []
  const clients = addresses.length > 0 ? await submission.clients.seenAt(addresses) : []
  const mayWrite = may('clients:write')
  const isRunning = learning?.isRunning === true
  const sending = learning?.devices.filter(({ senders }) => senders.length > 0).length ?? 0
  const isPossible = environment.submission !== null
  const names = { networks: t('form.field.networks'), senders: t('form.field.senders') }
  const hints = { networks: t('learning.networks'), senders: t('form.hint.senders', { max: SENDERS_MAX }) }
  return (
    <Page title={t('title')} documentTitle={t('learning.title')} {...clientTabs(t, 'learning', may)}>
      <FlashMessage query={query} t={t} />
      <LearningAnswer
        {...{ learning, now, t }}
        action={
          isRunning &&
          mayWrite && (
            <ButtonForm action={stopLearningAction} hidden={{ client: learning.client.id }} text={t('learning.stop')} />
          )
        }
      />
      {!isPossible && <ListenerOffNote t={t} />}
      {learning && <Devices {...{ learning, clients, mayWrite, now, t }} />}
      {!mayWrite && <p className="text-sm text-faint">{t('readerNote')}</p>}
      {mayWrite && isPossible && (
        <Panel className="has-[>div:empty]:hidden">
          <SettingsForm
            action={startLearningAction}
            hidden={{ replaces: isRunning ? learning.client.id : '' }}
            mayWrite={!isRunning}
            guarded
            noValidate
            labels={names}
            submit={t('learning.start')}
          >
            <div className="grid items-start gap-4 sm:grid-cols-2">
              {(['senders', 'networks'] as const).map((name) => (
                <FormTextArea key={name} name={name} label={names[name]} hint={hints[name]} mono rows={2} required />
              ))}
            </div>
            <FormSelect
              name="minutes"
              label={t('learning.minutes')}
              defaultValue={USUAL_MINUTES}
              options={LEARNING_MINUTES.map((count) => ({
                value: String(count),
                label: t('learning.duration', { count }),
              }))}
              className="max-w-[16rem]"
            />
          </SettingsForm>
        </Panel>
      )}
      {isRunning && (
        <Refresh
          everySeconds={REFRESH_SECONDS}
          says={`${t('learning.devices')}: ${t.number(learning.devices.length)}. ${t('learning.sending')}: ${t.number(sending)}`}
        />
      )}
    </Page>
  )
})

type View = ViewContext<'clients'>

function LearningAnswer({ learning, action, now, t }: View & { learning: Learning | null; action: ReactNode }) {
  if (!learning?.isRunning)
    return <Answer tone="neutral" mark="pause" title={t('learning.off')} detail={t('learning.detail')} />
  const { until, client, devices } = learning
  const title = t('learning.on', { when: t.relativeTime(until, now), time: t.clockTime(until) })
  const detail = t('learning.onDetail', { networks: client.networks.join(', '), senders: client.senders.join(', ') })
  return <Answer tone="warn" mark={devices.length} {...{ title, detail, action }} />
}

/** Each device that it has seen, and the form that adds it. Devices that were added since say so. */
function Devices(props: View & { learning: Learning; clients: readonly Client[]; mayWrite: boolean }) {
  const { learning, clients, mayWrite, now, t } = props
  // Those that sign in with a wrong password, or without encryption, are no devices of learning mode.
  const rejected = <TextLink href={SUBMISSION_SESSIONS_PATH}>{t('devices.title')}</TextLink>
  if (learning.devices.length === 0)
    return (
      learning.isRunning && (
        <p className="max-w-[68ch] text-soft">
          {t('learning.none', whereToSend(t))} {rejected}
        </p>
      )
    )
  const items = learning.devices.map((device) => {
    const { address, helo, messages, at } = device
    const senders = device.senders.slice(0, SENDERS_MAX)
    const href = addHref({ ...device, learning: '1', sender: senders.join('\n') || device.refusedSender })
    const added = clients.find((client) => isAddedAs(client, device))
    const isSending = senders.length > 0
    const toneBefore = isSending ? ('info' as const) : ('warn' as const)
    return {
      key: address,
      tone: added ? ('good' as const) : toneBefore,
      mark: messages,
      title: helo ? t('devices.named', { address, name: helo }) : address,
      detail: isSending
        ? t('learning.device', { count: messages, senders: senders.join(', '), when: t.relativeTime(at, now) })
        : silenceText(device, props),
      action: added ? (
        <TextLink href={clientPath(added.id)}>{t('learning.added', { name: added.name })}</TextLink>
      ) : (
        mayWrite && <ButtonLink small href={href} label={t('devices.addLabel', { address })} text={t('devices.add')} />
      ),
    }
  })
  return (
    <Panel title={t('learning.devices')} aside={rejected} flush>
      <TaskList items={items} />
    </Panel>
  )
}

/** What a device needs to reach this server. */
function whereToSend(t: View['t']) {
  const { baseUrl, submission: place } = services().environment
  const ports = openPorts(place?.ports ?? {}, ENTRANCES).map(({ entrance, port }) =>
    t(`card.entrance.${entrance}`, { port: String(port) }),
  )
  return { server: baseUrl.hostname, ports: new Intl.ListFormat(t.locale, { type: 'disjunction' }).format(ports) }
}
