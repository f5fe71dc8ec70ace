import { expect, test } from 'vitest'
import type { FailedAttempt } from './contracts'
import { Wait } from './wait'

const failure = (evidence: string): FailedAttempt => ({
  stage: 'data',
  fault: { kind: 'net', code: 'connection-lost', host: 'mail.contoso.example', port: 587, evidence },
})

function waiting() {
  let destroyed = 0
  const wait = new Wait({
    faultOf(thrown) {
      if (thrown instanceof TypeError) throw thrown
      return failure(String(thrown))
    },
    late: () => failure('late'),
    destroy: () => destroyed++,
  })
  /** Begins a wait; what was started can answer at any time. */
  const begin = (signal = new AbortController().signal) => {
    let answer: ((thrown: unknown, value?: string) => void) | null = null
    const result = wait.for<string>(signal, (done) => {
      answer = done
    })
    return { result, isStarted: () => answer !== null, answer: (...args: [unknown, string?]) => answer?.(...args) }
  }
  return { wait, begin, destroyed: () => destroyed }
}

test('an answer ends a wait: what interrupts or is late after it is not its affair', async () => {
  const { wait, begin, destroyed } = waiting()
  const deadline = new AbortController()
  const { result, answer } = begin(deadline.signal)
  answer(null, 'yes')
  wait.interrupt(() => failure('lost'))
  deadline.abort()
  expect(await result).toEqual({ ok: true, value: 'yes' })
  expect(destroyed()).toBe(0)
})

test('N-12 an answer that comes after an interruption does not end the next wait, which keeps its deadline', async () => {
  const { wait, begin, destroyed } = waiting()
  const first = begin()
  wait.interrupt(() => failure('lost'))
  const deadline = new AbortController()
  const second = begin(deadline.signal)
  first.answer(null, 'too late')
  deadline.abort()
  expect(await first.result).toEqual({ ok: false, error: failure('lost') })
  expect(await second.result).toEqual({ ok: false, error: failure('late') })
  expect(destroyed()).toBe(2)
})

test('N-12 a deadline that has passed already starts nothing', async () => {
  const { begin, destroyed } = waiting()
  const { result, isStarted } = begin(AbortSignal.abort())
  expect(await result).toEqual({ ok: false, error: failure('late') })
  expect([isStarted(), destroyed()]).toEqual([false, 1])
})

test('an error that is a bug is thrown, and the connection is closed', async () => {
  const { begin, destroyed } = waiting()
  const { result, answer } = begin()
  answer(new TypeError('bug'))
  await expect(result).rejects.toThrow('bug')
  expect(destroyed()).toBe(1)
})
