import { MESSAGES_PATH } from '@/app/paths'
import { Button } from '@/components/button'
import { ButtonLink } from '@/components/button-link'
import { TextInput } from '@/components/inputs'
import { Note } from '@/components/note'
import type { Translator } from '@/lib/i18n/translations'
import { WORD_CHARS_MIN } from '@/lib/outbox/search-text'
import type { MessagesRequest } from './query'

/** A plain GET form: what is looked for stands in the address. */
export function MessageFilter({ request, t }: { request: MessagesRequest; t: Translator }) {
  const { view, recipient, badRecipient, text, badText } = request
  return (
    <search className="mb-6 block">
      <form action={MESSAGES_PATH} aria-label={t('filter.label')} className="flex flex-wrap items-end gap-3">
        {view !== 'all' && <input type="hidden" name="view" value={view} />}
        <TextInput
          name="text"
          label={t('filter.text')}
          type="search"
          defaultValue={text}
          className="w-full max-w-[22rem]"
        />
        <TextInput
          name="recipient"
          label={t('filter.recipient')}
          type="search"
          defaultValue={recipient}
          className="w-full max-w-[22rem]"
        />
        <Button>{t('filter.apply')}</Button>
        {(recipient !== '' || text !== '') && (
          <ButtonLink kind="quiet" href={MESSAGES_PATH}>
            {t('filter.clear')}
          </ButtonLink>
        )}
      </form>
      {badText && (
        <Note kind="warning" className="mt-4">
          {t('filter.badText', { text, min: WORD_CHARS_MIN })}
        </Note>
      )}
      {badRecipient && (
        <Note kind="warning" className="mt-4">
          {t('filter.badRecipient', { text: recipient })}
        </Note>
      )}
    </search>
  )
}
