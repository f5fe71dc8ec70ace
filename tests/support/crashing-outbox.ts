import { ok } from '../../lib/kernel'
import { createOutboxStore } from '../../lib/outbox/store/store'
import type { MailTransport } from '../../lib/smtp/contracts'

/** Called between two steps of the outbox, to stop the process there or to throw. */
export type CrashPoint = (
  point: 'after-read' | 'after-commit' | 'after-claim' | 'after-dot' | 'after-250' | 'after-pause' | 'after-move',
) => void

/** A store that calls `crash` after what it has written. */
export const crashingStore =
  (crash: CrashPoint): typeof createOutboxStore =>
  (db, clock) => {
    const store = createOutboxStore(db, clock)
    return {
      ...store,
      async insert(messages) {
        await store.insert(messages)
        crash('after-commit')
      },
      async claim(...call) {
        const claimed = await store.claim(...call)
        if (claimed.length > 0) crash('after-claim')
        return claimed
      },
      async pause(...call) {
        const isNew = await store.pause(...call)
        crash('after-pause')
        return isNew
      },
      async moveMessages(id) {
        const moved = await store.moveMessages(id)
        if (moved > 0) crash('after-move')
        return moved
      },
    }
  }

/** A transport whose connections call `crash` after the final dot and after the server has accepted the message. */
export const crashingTransport = (transport: MailTransport, crash: CrashPoint): MailTransport => ({
  ...transport,
  async connect(...call) {
    const opened = await transport.connect(...call)
    if (!opened.ok) return opened
    const connection = opened.value
    return ok({
      get ended() {
        return connection.ended
      },
      end: () => connection.end(),
      async send(message, options) {
        const onDot = () => {
          options.onDot?.()
          crash('after-dot')
        }
        const reply = await connection.send(message, { ...options, onDot })
        if (!reply.ok) return reply
        return {
          ok: true,
          // Behind the connection's own handling of errors.
          get value() {
            crash('after-250')
            return reply.value
          },
        }
      },
    })
  },
})
