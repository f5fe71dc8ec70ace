import { isActionRefusal, refusalMessage } from '@/app/_server/form-action'
import { Note } from '@/components/note'
import type { Translator } from '@/lib/i18n/translations'

const GOOD = ['added', 'way', 'removed']

/** What a button came to, as the page's address brings it back. */
export async function Told({ asked, t }: { asked: Record<string, string | string[] | undefined>; t: Translator }) {
  const { told, refused, count } = asked
  if (isActionRefusal(refused))
    return <Note kind="danger" live="alert" className="mb-6" title={await refusalMessage(refused)} />
  if (typeof told !== 'string' || !t.has(`told.${told}`)) return null
  const number = Number(count)
  return (
    <Note kind={GOOD.includes(told) ? 'info' : 'warning'} live="status" className="mb-6">
      {t(`told.${told}`, { count: Number.isSafeInteger(number) ? number : 0 })}
    </Note>
  )
}
