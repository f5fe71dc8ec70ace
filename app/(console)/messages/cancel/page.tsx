import { page } from '@/app/_server/page'
import { MESSAGES_PATH, messagePath } from '@/app/paths'
import type { SearchParams } from '@/app/search-params'
import { PlainForm } from '@/components/action-form'
import { Answer } from '@/components/answer'
import { Button, ButtonLink } from '@/components/button'
import { Page } from '@/components/page'
import { CHANGED_AT_ONCE_MAX, type Chosen } from '@/lib/outbox/change-messages'
import { services } from '@/lib/services'
import { changeAction } from '../actions'
import { chosenFields, chosenIn } from '../chosen'
import { backHref } from '../query'

/** Asks before messages are cancelled, for readers without scripts: what `ChangeButtons` asks in the page. */
export default page('messages:act', 'messages', async ({ now, t, query }) => {
  const values = valuesOf(query)
  const chosen = chosenIn(values, now)
  const count = await cancellable(chosen)
  const back = backHref(values.get('back'), {}, now)
  const [id, second] = 'ids' in chosen ? chosen.ids : []
  const message = id && !second ? await services().outbox.message(id) : null
  const crumbs = [
    { label: t('title'), href: MESSAGES_PATH },
    ...(message ? [{ label: message.subject || t('noSubject'), href: messagePath(message.id) }] : []),
  ]
  return (
    <Page title={t('cancel.page')} crumbs={crumbs} width="text">
      {count === 0 ? (
        <Answer
          tone="neutral"
          title={t('cancel.nothing')}
          action={<ButtonLink href={back}>{t('cancel.back')}</ButtonLink>}
        />
      ) : (
        <>
          <Answer
            tone="warn"
            title={count === null ? t('cancel.title.several') : t('cancel.title.counted', { count })}
            detail={t('cancel.text')}
          />
          <PlainForm action={changeAction} className="flex flex-wrap gap-2">
            {chosenFields(values).map(([name, value]) => (
              <input key={`${name} ${value}`} type="hidden" name={name} value={value} />
            ))}
            <Button name="to" value="cancel" kind="danger">
              {t(`cancel.button.${count === 1 ? 'one' : 'several'}`)}
            </Button>
            <ButtonLink href={back}>{t('cancel.back')}</ButtonLink>
          </PlainForm>
        </>
      )}
    </Page>
  )
})

function valuesOf(query: SearchParams): URLSearchParams {
  return new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) => [value ?? []].flat().map((each) => [name, each])),
  )
}

/** How many messages a filter selects that can be cancelled; null if it has search terms, which are not counted, or if it may select more than are cancelled at once. */
async function cancellable(chosen: Chosen): Promise<number | null> {
  if ('ids' in chosen) return chosen.ids.length
  if (chosen.filter.terms) return null
  const { queued, held } = await services().outbox.countsOf(chosen.filter)
  const states = chosen.filter.states ?? ['queued', 'held']
  const count = (states.includes('queued') ? queued : 0) + (states.includes('held') ? held : 0)
  return count < CHANGED_AT_ONCE_MAX ? count : null
}
