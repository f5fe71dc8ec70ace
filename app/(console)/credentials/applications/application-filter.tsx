import { APPLICATIONS_PATH } from '@/app/paths'
import { Button } from '@/components/button'
import { ButtonLink } from '@/components/button-link'
import { Select, TextInput } from '@/components/inputs'
import {
  type InventoryFilter,
  MUTED_CHOICES,
  ORDER_CHOICES,
  OWNER_CHOICES,
  STATE_CHOICES,
} from '@/lib/credentials/inventory/types'
import type { Translator } from '@/lib/i18n/translations'
import { isFirstView } from './query'

/** A plain GET form, as on the Activity page. */
export function ApplicationFilter({ filter, days, t }: { filter: InventoryFilter; days: number; t: Translator }) {
  return (
    <search className="no-print mb-4 block">
      <form action={APPLICATIONS_PATH} aria-label={t('filter.legend')}>
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          <Select
            name="state"
            label={t('filter.state')}
            defaultValue={filter.state ?? 'all'}
            options={[...STATE_CHOICES, 'all' as const].map((state) => ({
              value: state,
              label: t(`state.${state}`, { days }),
            }))}
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
          <Select
            name="order"
            label={t('filter.order')}
            defaultValue={filter.order}
            options={ORDER_CHOICES.map((order) => ({ value: order, label: t(`order.${order}`) }))}
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
          {!isFirstView(filter) && (
            <ButtonLink kind="quiet" href={APPLICATIONS_PATH}>
              {t('filter.clear')}
            </ButtonLink>
          )}
        </div>
      </form>
    </search>
  )
}
