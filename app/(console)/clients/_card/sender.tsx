import { Fragment } from 'react'
import { Command } from '@/components/text'
import type { TextContext } from '@/lib/i18n/translations'
import { type Client, ownAddress } from '@/lib/submission/client'
import { senderFor } from '@/lib/submission/set-up-card'

type SenderProps = TextContext<'clients'> & { client: Pick<Client, 'senders'> }

/** What to enter as the sender. A pattern is none. */
export function SenderToEnter({ client, t }: SenderProps) {
  const senders = client.senders.map((sender, at) => (
    <Fragment key={sender}>
      {at > 0 && ', '}
      {/* Not broken at a hyphen, which would read as two words. */}
      <span className="inline-block max-w-full">{sender}</span>
    </Fragment>
  ))
  return ownAddress(client) === null ? t.rich('card.senderMatching', { patterns: () => senders }) : senders
}

/** That the sender in an example is made up, if the allowed ones are only patterns. */
export const MadeUpSender = ({ client, t }: SenderProps) =>
  ownAddress(client) === null && (
    <p className="mt-2 text-sm text-soft">
      {t.rich('card.exampleSender', { sender: senderFor(client), command: Command })}
    </p>
  )
