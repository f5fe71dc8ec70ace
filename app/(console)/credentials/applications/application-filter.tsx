import { APPLICATIONS_PATH } from '@/app/paths'
import { FilterForm } from '@/components/filter-form'
import {
  type InventoryFilter,
  MUTED_CHOICES,
  ORDER_CHOICES,
  OWNER_CHOICES,
  STATE_CHOICES,
} from '@/lib/credentials/inventory/types'
import type { Translator } from '@/lib/i18n/translations'
import { isFirstView } from './query'

export function ApplicationFilter({
  filter,
  days,
  t,
}: {
  filter: InventoryFilter
  days: number
  t: Translator<'inventory'>
}) {
  return (
    <FilterForm
      path={APPLICATIONS_PATH}
      label={t('filter.legend')}
      layout="grid"
      className="no-print mb-4"
      fields={[
        {
          kind: 'select',
          name: 'state',
          label: t('filter.state'),
          value: filter.state ?? 'all',
          options: [...STATE_CHOICES, 'all' as const].map((state) => ({
            value: state,
            label: t(`state.${state}`, { days }),
          })),
        },
        {
          kind: 'select',
          name: 'kind',
          label: t('filter.kind'),
          value: filter.kind ?? '',
          options: [
            { value: '', label: t('filter.everyKind') },
            ...(['secret', 'certificate'] as const).map((kind) => ({ value: kind, label: t(`kind.${kind}`) })),
          ],
        },
        {
          kind: 'select',
          name: 'muted',
          label: t('filter.muted'),
          value: filter.muted,
          options: MUTED_CHOICES.map((muted) => ({ value: muted, label: t(`muted.${muted}`) })),
        },
        {
          kind: 'select',
          name: 'owner',
          label: t('filter.owner'),
          value: filter.owner,
          options: OWNER_CHOICES.map((owner) => ({ value: owner, label: t(`owner.${owner}`) })),
        },
        {
          kind: 'select',
          name: 'order',
          label: t('filter.order'),
          value: filter.order,
          options: ORDER_CHOICES.map((order) => ({ value: order, label: t(`order.${order}`) })),
        },
        { kind: 'search', name: 'text', label: t('filter.text'), hint: t('filter.textHint'), value: filter.text },
      ]}
      submit={t('filter.apply')}
      clear={isFirstView(filter) ? null : { label: t('filter.clear'), href: APPLICATIONS_PATH }}
    />
  )
}
