import { clientPath } from '@/app/paths'
import { Answer } from '@/components/answer'
import { ButtonLink } from '@/components/button'
import { Fold, Panel } from '@/components/panel'
import { TaskList } from '@/components/tasks'
import { TextLink } from '@/components/text'
import type { Translator, ViewContext } from '@/lib/i18n/translations'
import type { RefusedDevice } from '@/lib/submission/store/sessions'
import { NO_CONDITIONS, sessionsHref } from './query'
import { addHref, clientToReset, unknownLogin, wayToAdd } from './remedy'

const SHOWN_MAX = 5

interface Context extends ViewContext<'clients'> {
  mayAdd: boolean
  submission: Translator<'submission'>
}

/** Whether devices or clients were refused. The clients count only without refused devices, because those come first. */
export function SessionsAnswer(props: { devices: number; areClientsRefused: boolean; t: Translator<'clients'> }) {
  const { devices, areClientsRefused, t } = props
  if (devices > 0) return <Answer tone="bad" mark={devices} title={t('devices.answer', { count: devices })} />
  if (!areClientsRefused) return <Answer tone="good" title={t('devices.answerNone')} />
  const href = sessionsHref({ ...NO_CONDITIONS, refusal: 'any' })
  const action = <ButtonLink href={href} text={t('devices.showRefused')} />
  return <Answer tone="warn" title={t('devices.answerClients')} action={action} />
}

/** Addresses of no client that were refused, each with the reason, what to do, and the form that adds it: the first five, and the rest folded. */
export function RefusedDevices({ devices, ...context }: Context & { devices: readonly RefusedDevice[] }) {
  const [first] = devices
  if (!first) return null
  const { t } = context
  const left = first.all - devices.length
  // What to do is said at the first device of each reason.
  const reasons = devices.map((device) => (unknownLogin(device) === null ? device.refusal : 'login-unknown'))
  const tasks = devices.map((device, index) => taskOf(device, reasons.indexOf(reasons[index] ?? '') === index, context))
  return (
    <div className="grid gap-3">
      <Panel title={t('devices.title')} description={t('devices.text')} flush>
        <TaskList items={tasks.slice(0, SHOWN_MAX)} />
      </Panel>
      {tasks.length > SHOWN_MAX && (
        <Fold summary={t('devices.more', { count: tasks.length - SHOWN_MAX })}>
          <TaskList items={tasks.slice(SHOWN_MAX)} boxed />
        </Fold>
      )}
      {left > 0 && (
        <TextLink href={sessionsHref({ ...NO_CONDITIONS, refusal: 'any' })} className="text-sm">
          {t('devices.left', { count: left })}
        </TextLink>
      )}
    </div>
  )
}

function taskOf(device: RefusedDevice, isFirst: boolean, { mayAdd, now, t, submission }: Context) {
  const { address, count, at, refusal, helo, sender } = device
  const reason = t.lookUp(`refused.${refusal}`) ?? refusal
  const name = helo ?? sender
  const login = unknownLogin(device)
  const way = mayAdd ? wayToAdd(device) : null
  const client = clientToReset(device)
  return {
    key: address,
    tone: 'bad' as const,
    mark: count,
    title: name ? t('devices.named', { address, name }) : address,
    detail: (
      <>
        {t('devices.refused', { reason, when: t.relativeTime(at, now) })}{' '}
        {login !== null && `${submission('loginUnknown.says', { login })} `}
        {isFirst && (login === null ? submission.lookUp(`refusal.${refusal}.todo`) : submission('loginUnknown.todo'))}
      </>
    ),
    action: (
      <>
        {way && (
          <ButtonLink
            small
            href={addHref({ ...device, way })}
            label={t('devices.addLabel', { address })}
            text={t('devices.add')}
          />
        )}
        {client && (
          <ButtonLink
            small
            href={clientPath(client)}
            label={`${t('session.toClient')}: ${device.login}`}
            text={t('session.toClient')}
          />
        )}
        <ButtonLink
          small
          kind="quiet"
          href={sessionsHref({ ...NO_CONDITIONS, text: address })}
          label={t('devices.sessionsLabel', { address })}
          text={t('devices.sessions')}
        />
      </>
    ),
  }
}
