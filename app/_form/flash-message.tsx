import { refusalMessage } from '@/app/_server/form-action'
import { isTokenFault } from '@/app/_server/once'
import type { SearchParams } from '@/app/search-params'
import { Live } from '@/components/live'
import { Note } from '@/components/note'
import { Toast } from '@/components/toast'
import { isActionRefusal } from '@/lib/access/action-refusal'
import type { Namespace, Translator } from '@/lib/i18n/translations'

/**
 * The one-time confirmation after a redirect. The address names it: `?refused=<reason>` why nothing was done, `?done=<key>`
 * what was done, as a text of the page's catalogue, or several with a blank between them. Anything else shows nothing.
 */
export async function FlashMessage(props: {
  query: SearchParams
  t: Pick<Translator<Namespace>, 'lookUp'>
  texts?: string
  /** Whether it says that something was not done, as a rule because another person was faster, or is left to do. It stays in the page. */
  warns?: (key: string) => boolean
  className?: string
}) {
  const { query, t, texts = 'done', warns = isNotDone, className = 'mb-6' } = props
  if (isRefusal(query.refused)) return <RefusalMessage refused={query.refused} className={className} />
  const key = query.done
  if (typeof key !== 'string') return null
  const { count, names } = query
  const number = Number(count)
  const values = { count: Number.isSafeInteger(number) ? number : 0, names: typeof names === 'string' ? names : '' }
  const sentences = key.split(' ').map((each) => t.lookUp(`${texts}.${each}`, values))
  if (sentences.includes(null)) return null
  const text = sentences.join(' ')
  // With another text it is another one, which gives the focus to the heading if the pressed button is gone.
  return warns(key) ? (
    <Note key={text} kind="warning" live="status" className={className}>
      {text}
    </Note>
  ) : (
    <Toast key={text}>{text}</Toast>
  )
}

const isNotDone = (key: string): boolean => /gone$|-changed$|unnotified|^(?:none|unchanged)$/.test(key)
const isRefusal = (reason: unknown) => isActionRefusal(reason) || isTokenFault(reason)

/** Why a button was refused; `refused` is a reason of `ActionRefusal` or `TokenFault`, and anything else shows nothing. */
export async function RefusalMessage(props: { refused: SearchParams[string]; className?: string }) {
  const { refused, className = 'mb-6' } = props
  if (!isRefusal(refused)) return null
  return (
    <Live role="alert" className={className}>
      <Note kind="danger">{await refusalMessage(refused)}</Note>
    </Live>
  )
}
