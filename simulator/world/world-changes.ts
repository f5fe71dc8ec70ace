import { type About, type Change, positive, text } from './change'
import { ENTRA_CHANGES } from './changes-entra'
import { EXCHANGE_CHANGES } from './changes-exchange'
import { GRAPH_CHANGES } from './changes-graph'
import { mailboxOf } from './world'

const LIMITS: Record<'limits', Change> = {
  limits: {
    does: 'Sets “concurrent”, “messagesPerMinute”, “minuteMs”, “maxMessageBytes”, “secretReplicationSeconds”, “keyCredentialsPerMinute”, and “excess”: delay or refuse.',
    make({ world: { limits }, parameters }) {
      const number = (name: string, old: number) => positive(parameters, name) ?? old
      limits.concurrent = number('concurrent', limits.concurrent)
      limits.messagesPerMinute = number('messagesPerMinute', limits.messagesPerMinute)
      limits.minuteMs = number('minuteMs', limits.minuteMs)
      limits.maxMessageBytes = number('maxMessageBytes', limits.maxMessageBytes)
      limits.keyCredentialsPerMinute = number('keyCredentialsPerMinute', limits.keyCredentialsPerMinute)
      const seconds = Number(parameters.secretReplicationSeconds)
      if (parameters.secretReplicationSeconds !== undefined && seconds >= 0) limits.secretReplicationSeconds = seconds
      if (parameters.excess === 'delay' || parameters.excess === 'refuse') limits.excess = parameters.excess
    },
  },
}

/** Everything an administrator of the simulated tenant can do. */
export const CHANGES = { ...ENTRA_CHANGES, ...GRAPH_CHANGES, ...EXCHANGE_CHANGES, ...LIMITS }

export type ChangeName = keyof typeof CHANGES
export const isChangeName = (name: string): name is ChangeName => Object.hasOwn(CHANGES, name)

/** Makes a change to the world. The parameters `tenant`, `appId` and `mailbox` say what it applies to. */
export function changeWorld(
  { world, parameters, ...rest }: Pick<About, 'world' | 'parameters' | 'now' | 'federation'>,
  name: ChangeName,
): { ok: true; result: object | null } | { ok: false; problem: string } {
  const tenantId = text(parameters, 'tenant')
  const tenant = tenantId === null ? world.tenants[0] : world.tenants.find(({ id }) => id === tenantId)
  if (!tenant) return { ok: false, problem: 'There is no such tenant.' }
  const appId = text(parameters, 'appId')
  const application = appId === null ? tenant.applications[0] : tenant.applications.find((app) => app.appId === appId)
  if (!application) return { ok: false, problem: 'There is no such application.' }
  const address = text(parameters, 'mailbox')
  const mailbox = address === null ? tenant.mailboxes[0] : mailboxOf(tenant, address)
  if (!mailbox) return { ok: false, problem: 'There is no such mailbox.' }
  const change: Change = CHANGES[name]
  const result = change.make({ world, tenant, application, mailbox, parameters, ...rest })
  if (typeof result === 'string') return { ok: false, problem: result.slice(1) }
  return { ok: true, result: typeof result === 'object' ? result : null }
}
