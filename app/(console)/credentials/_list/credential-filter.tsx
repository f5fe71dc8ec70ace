import { CREDENTIALS_PATH } from '@/app/paths'
import { Button } from '@/components/button'
import { ButtonLink } from '@/components/button-link'
import { Select } from '@/components/inputs'
import { CREDENTIAL_STATES } from '@/lib/credentials/expiry'
import type { Translator } from '@/lib/i18n/translations'
import { CREDENTIAL_KINDS } from '@/lib/kernel/credential-kind'
import { type CredentialsQuery, isNarrowed, NO_OWNER, SORTS } from './query'

/** A plain GET form, as on the Activity page. */
export function CredentialFilter({
  query,
  servers,
  owners,
  t,
}: {
  query: CredentialsQuery
  servers: readonly { id: string; name: string }[]
  owners: readonly string[]
  t: Translator
}) {
  return (
    <search className="no-print mb-4 block">
      <form
        action={CREDENTIALS_PATH}
        aria-label={t('filter.legend')}
        className="grid items-end gap-3 sm:grid-cols-3 lg:grid-cols-5"
      >
        <Select
          name="state"
          label={t('filter.state')}
          defaultValue={query.state}
          options={[
            { value: '', label: t('filter.everyState') },
            ...CREDENTIAL_STATES.map((state) => ({ value: state, label: t(`state.${state}`) })),
          ]}
        />
        <Select
          name="kind"
          label={t('filter.kind')}
          defaultValue={query.kind}
          options={[
            { value: '', label: t('filter.everyKind') },
            ...CREDENTIAL_KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) })),
          ]}
        />
        {servers.length > 1 && (
          <Select
            name="server"
            label={t('filter.server')}
            defaultValue={query.server}
            options={[
              { value: '', label: t('filter.everyServer') },
              ...servers.map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
        )}
        {owners.length > 0 && (
          <Select
            name="owner"
            label={t('filter.owner')}
            defaultValue={query.owner}
            options={[
              { value: '', label: t('filter.everyOwner') },
              ...owners.map((owner) => ({ value: owner, label: owner })),
              { value: NO_OWNER, label: t('filter.noOwner') },
            ]}
          />
        )}
        <Select
          name="sort"
          label={t('filter.sort')}
          defaultValue={query.sort}
          options={SORTS.map((sort) => ({ value: sort, label: t(`filter.by.${sort}`) }))}
        />
        <div className="flex flex-wrap gap-2">
          <Button>{t('filter.apply')}</Button>
          {isNarrowed(query) && (
            <ButtonLink kind="quiet" href={CREDENTIALS_PATH}>
              {t('filter.clear')}
            </ButtonLink>
          )}
        </div>
      </form>
    </search>
  )
}
