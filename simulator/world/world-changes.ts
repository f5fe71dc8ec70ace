import { type About, type Change, positive, text } from './change'
import { ENTRA_CHANGES } from './changes-entra'
import { EXCHANGE_CHANGES } from './changes-exchange'
import { GRAPH_CHANGES } from './changes-graph'
import { mailboxOf } from './world'

const LIMITS: Record<'limits', Change> = {
  limits: {
    does: 'Sets “concurrent”, “messagesPerMinute”, “minuteMs”, “maxMessageBytes”, “secretReplicationSeconds”, “keyCredentialsPerMinute”, and “excess”: delay or refuse.',
    make({ world: { limits }, given }) {
      const number = (name: string, old: number) => positive(given, name) ?? old
      limits.concurrent = number('concurrent', limits.concurrent)
      limits.messagesPerMinute = number('messagesPerMinute', limits.messagesPerMinute)
      limits.minuteMs = number('minuteMs', limits.minuteMs)
      limits.maxMessageBytes = number('maxMessageBytes', limits.maxMessageBytes)
      limits.keyCredentialsPerMinute = number('keyCredentialsPerMinute', limits.keyCredentialsPerMinute)
      const seconds = Number(given.secretReplicationSeconds)
      if (given.secretReplicationSeconds !== undefined && seconds >= 0) limits.secretReplicationSeconds = seconds
      if (given.excess === 'delay' || given.excess === 'refuse') limits.excess = given.excess
    },
  },
}

/** Everything an administrator of the false tenant can do, well or badly. */
export const CHANGES = { ...ENTRA_CHANGES, ...GRAPH_CHANGES, ...EXCHANGE_CHANGES, ...LIMITS }

export type ChangeName = keyof typeof CHANGES
export const isChangeName = (name: string): name is ChangeName => Object.hasOwn(CHANGES, name)

/** Makes a change to the world. `tenant`, `appId` and `mailbox` in `given` say to what. */
export function changeWorld(
  { world, given, ...rest }: Pick<About, 'world' | 'given' | 'now' | 'federation'>,
  name: ChangeName,
): { ok: true; made: unknown } | { ok: false; problem: string } {
  const tenantId = text(given, 'tenant')
  const tenant = tenantId === null ? world.tenants[0] : world.tenants.find(({ id }) => id === tenantId)
  if (!tenant) return { ok: false, problem: 'There is no such tenant.' }
  const appId = text(given, 'appId')
  const application = appId === null ? tenant.applications[0] : tenant.applications.find((app) => app.appId === appId)
  if (!application) return { ok: false, problem: 'There is no such application.' }
  const address = text(given, 'mailbox')
  const mailbox = address === null ? tenant.mailboxes[0] : mailboxOf(tenant, address)
  if (!mailbox) return { ok: false, problem: 'There is no such mailbox.' }
  const change: Change = CHANGES[name]
  const made = change.make({ world, tenant, application, mailbox, given, ...rest })
  return typeof made === 'string' && made.startsWith('!')
    ? { ok: false, problem: made.slice(1) }
    : { ok: true, made: made ?? null }
}
