import { Button } from '@/components/button'
import { ButtonLink } from '@/components/button-link'
import { Select, TextInput } from '@/components/inputs'
import { INVENTORY_STATES, type InventoryFilter, MUTED_CHOICES, OWNER_CHOICES } from '@/lib/credentials/inventory'
import type { Words } from '@/lib/kernel/words'
import { APPLICATIONS, isNarrowed } from './query'

/** A plain GET form, as on the Activity page. */
export function ApplicationFilter({ filter, t }: { filter: InventoryFilter; t: Words }) {
  return (
    <search className="no-print mb-4 block">
      <form action={APPLICATIONS} aria-label={t('filter.legend')}>
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-5">
          <Select
            name="state"
            label={t('filter.state')}
            defaultValue={filter.state ?? ''}
            options={[
              { value: '', label: t('filter.everyState') },
              ...INVENTORY_STATES.map((state) => ({ value: state, label: t(`state.${state}`) })),
            ]}
          />
          <Select
            name="kind"
            label={t('filter.kind')}
            defaultValue={filter.kind ?? ''}
            options={[
              { value: '', label: t('filter.everyKind') },
              ...(['secret', 'certificate'] as const).map((kind) => ({ value: kind, label: t(`kind.${kind}`) })),
            ]}
          />
          <Select
            name="muted"
            label={t('filter.muted')}
            defaultValue={filter.muted}
            options={MUTED_CHOICES.map((muted) => ({ value: muted, label: t(`muted.${muted}`) }))}
          />
          <Select
            name="owner"
            label={t('filter.owner')}
            defaultValue={filter.owner}
            options={OWNER_CHOICES.map((owner) => ({ value: owner, label: t(`owner.${owner}`) }))}
          />
          <TextInput
            name="text"
            label={t('filter.text')}
            hint={t('filter.textHint')}
            type="search"
            defaultValue={filter.text}
          />
        </div>
        <div className="mt-4 flex flex-wrap items-center gap-2">
          <Button>{t('filter.apply')}</Button>
          {isNarrowed(filter) && (
            <ButtonLink kind="quiet" href={APPLICATIONS}>
              {t('filter.clear')}
            </ButtonLink>
          )}
        </div>
      </form>
    </search>
  )
}
