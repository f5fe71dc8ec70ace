import { MESSAGES_PATH } from '@/app/paths'
import { FilterForm } from '@/components/filter-form'
import type { Translator } from '@/lib/i18n/translations'
import { TERM_CHARS_MIN } from '@/lib/outbox/search-text'
import type { MessagesRequest } from './query'

export function MessageFilter({ request, t }: { request: MessagesRequest; t: Translator<'messages'> }) {
  const { view, recipient, badRecipient, text, badText } = request
  const isFiltered = recipient !== '' || text !== ''
  return (
    <FilterForm
      path={MESSAGES_PATH}
      label={t('filter.label')}
      layout="row"
      className="mb-6"
      fields={[
        ...(view === 'all' ? [] : [{ kind: 'hidden' as const, name: 'view', value: view }]),
        { kind: 'search', name: 'text', label: t('filter.text'), value: text },
        { kind: 'search', name: 'recipient', label: t('filter.recipient'), value: recipient },
      ]}
      submit={t('filter.apply')}
      clear={isFiltered ? { label: t('filter.clear'), href: MESSAGES_PATH } : null}
      warnings={[
        ...(badText ? [t('filter.badText', { text, min: TERM_CHARS_MIN })] : []),
        ...(badRecipient ? [t('filter.badRecipient', { text: recipient })] : []),
      ]}
    />
  )
}
