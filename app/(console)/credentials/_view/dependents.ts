import type { Translator } from '@/lib/i18n/translations'
import type { ListedServer } from '@/lib/mail-server/servers'
import { type Rule, serverPicked } from '@/lib/policy/rules'
import { services } from '@/lib/services'

/** What stops working if a mail server can no longer sign in, apart from the mail server itself. */
export type Dependents = ReturnType<typeof dependentsOf>

/** Finds the dependents of a mail server by its id. Rules that cannot be read are treated as none. */
export async function dependents(): Promise<(mailServerId: string) => Dependents> {
  const { mailServers, rules } = services()
  const [servers, newest] = await Promise.all([mailServers.list(), rules.revisions({ page: 1, size: 1 })])
  return (id) => dependentsOf(id, servers, newest.rows[0]?.rules?.rules ?? [])
}

export const dependentsOf = (
  id: string,
  servers: readonly Pick<ListedServer, 'id' | 'name' | 'isDefault' | 'failoverId'>[],
  rules: readonly Rule[],
) => ({
  isDefault: servers.length > 1 && servers.some((server) => server.id === id && server.isDefault),
  rules: rules.filter(({ enabled, outcome }) => enabled && serverPicked(outcome) === id).map(({ name }) => name),
  failoverOf: servers.filter(({ failoverId }) => failoverId === id).map(({ name }) => name),
})

export const dependentLines = ({ isDefault, rules, failoverOf }: Dependents, t: Translator<'credentials'>) => [
  ...(isDefault ? [t('dependents.default')] : []),
  ...(rules.length > 0 ? [t('dependents.rules', { names: rules.join(', ') })] : []),
  ...(failoverOf.length > 0 ? [t('dependents.failoverOf', { names: failoverOf.join(', ') })] : []),
]
