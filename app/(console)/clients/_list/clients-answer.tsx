import type { ReactNode } from 'react'
import { Answer } from '@/components/answer'
import type { Translator } from '@/lib/i18n/translations'
import type { ListedClient } from './rows'

/** Names in the sentence; further clients are counted in the segments. */
const NAMES_MAX = 3

/** Who was refused, who sent today and who is silent, in one sentence. */
export function ClientsAnswer(props: {
  clients: readonly ListedClient[]
  action?: ReactNode
  t: Translator<'clients'>
}): ReactNode {
  const { clients, action, t } = props
  const of = (state: ListedClient['state']) => clients.filter((each) => each.state === state)
  const [refused, silent, over] = [of('refused'), of('silent'), of('over')]
  const today = clients.filter(({ hasSentToday }) => hasSentToday).length
  const rest = [
    ...(refused.length > 0 ? [t('answer.sentToday', { count: today })] : []),
    ...(silent.length > 0 ? [t('answer.silent', namesOf(silent))] : []),
    ...(over.length > 0 ? [t('answer.over', namesOf(over))] : []),
  ]
  const detail = rest.join(' ')
  if (refused.length > 0) {
    const title = t('answer.refused', namesOf(refused))
    return <Answer tone="bad" mark={refused.length} {...{ title, detail, action }} />
  }
  if (today === 0) {
    const tone = over.length > 0 ? 'warn' : 'neutral'
    return <Answer tone={tone} mark={0} title={t('answer.sentToday', { count: 0 })} {...{ detail, action }} />
  }
  const title = t('answer.allFine', { count: today, all: clients.length, name: clients[0]?.client.name ?? '' })
  return <Answer tone={silent.length + over.length > 0 ? 'warn' : 'good'} {...{ title, detail, action }} />
}

const namesOf = (clients: readonly ListedClient[]) => ({
  count: clients.length,
  named: clients.length > NAMES_MAX ? 'no' : 'yes',
  names: clients.map(({ client }) => client.name).join(', '),
})
