import { CREDENTIALS_PATH } from '@/app/paths'
import { FilterForm } from '@/components/filter-form'
import { CREDENTIAL_STATES } from '@/lib/credentials/expiry'
import type { Translator } from '@/lib/i18n/translations'
import { CREDENTIAL_KINDS } from '@/lib/kernel/credential-kind'
import { type CredentialsQuery, isNarrowed, NO_OWNER, SORTS } from './query'

export function CredentialFilter({
  query,
  servers,
  owners,
  t,
}: {
  query: CredentialsQuery
  servers: readonly { id: string; name: string }[]
  owners: readonly string[]
  t: Translator<'credentials'>
}) {
  const select = (
    name: 'state' | 'kind' | 'server' | 'owner' | 'sort',
    every: 'everyState' | 'everyKind' | 'everyServer' | 'everyOwner' | null,
    options: readonly { value: string; label: string }[],
  ) => ({
    kind: 'select' as const,
    name,
    label: t(`filter.${name}`),
    value: query[name],
    options: every === null ? options : [{ value: '', label: t(`filter.${every}`) }, ...options],
  })
  return (
    <FilterForm
      path={CREDENTIALS_PATH}
      label={t('filter.legend')}
      layout="columns"
      className="no-print mb-4"
      fields={[
        select(
          'state',
          'everyState',
          CREDENTIAL_STATES.map((value) => ({ value, label: t(`state.${value}`) })),
        ),
        select(
          'kind',
          'everyKind',
          CREDENTIAL_KINDS.map((value) => ({ value, label: t(`kind.${value}`) })),
        ),
        ...(servers.length > 1
          ? [
              select(
                'server',
                'everyServer',
                servers.map(({ id, name }) => ({ value: id, label: name })),
              ),
            ]
          : []),
        ...(owners.length > 0
          ? [
              select('owner', 'everyOwner', [
                ...owners.map((owner) => ({ value: owner, label: owner })),
                { value: NO_OWNER, label: t('filter.noOwner') },
              ]),
            ]
          : []),
        select(
          'sort',
          null,
          SORTS.map((value) => ({ value, label: t(`filter.by.${value}`) })),
        ),
      ]}
      submit={t('filter.apply')}
      clear={isNarrowed(query) ? { label: t('filter.clear'), href: CREDENTIALS_PATH } : null}
    />
  )
}
