import { FORM_BYTES_MAX } from '../../lib/access/request-refusal'

/** A request body that is cheap to send and was costly to check. */
export interface CostlyPost {
  name: string
  /** Whether it is sent as a script sends it, with the action's id in a header. */
  scripted: boolean
  type: string
  body: string
}

const BOUNDARY = 'q'
const multipart = (fields: readonly (readonly [name: string, value: string])[]) => ({
  type: `multipart/form-data; boundary=${BOUNDARY}`,
  body: `${fields
    .map(([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')}--${BOUNDARY}--\r\n`,
})
const urlEncoded = (body: string) => ({ type: 'application/x-www-form-urlencoded', body })

/** A JSON list of this size that repeats one item. */
const listOf = (item: string, bytes: number): string => `[${Array(Math.floor(bytes / (item.length + 1))).fill(item)}]`

const HALF = FORM_BYTES_MAX / 2
/** Leaves space for the other parts and their headings. */
const REST = HALF - 1024

function numberedFields(prefix: string): string {
  let body = ''
  for (let n = 0; body.length < FORM_BYTES_MAX - 64; n++) body += `${prefix}${n.toString(16)}=0&`
  return body.slice(0, -1)
}

const manyParts = multipart(Array.from({ length: 4_800 }, (_, n) => [n.toString(16), '0'] as const))

/** Nothing that one of our forms sends, each just below the limit of a body. */
export const COSTLY_POSTS: readonly CostlyPost[] = [
  {
    name: 'thousands of marks into one large part',
    scripted: true,
    ...multipart([
      ['1', `{"a":1,"b":${listOf('0', REST)}}`],
      ['2', listOf('"$1:a"', HALF)],
      ['0', '["$2"]'],
    ]),
  },
  {
    name: 'thousands of marks into one large part of objects',
    scripted: true,
    ...multipart([
      ['1', `{"a":1,"b":${listOf('{"k":1}', REST)}}`],
      ['2', listOf('"$1:a"', HALF)],
      ['0', '["$2"]'],
    ]),
  },
  { name: 'tens of thousands of fields', scripted: true, ...urlEncoded(numberedFields('')) },
  { name: 'tens of thousands of fields of one name', scripted: true, ...urlEncoded('a=0&'.repeat(HALF / 2 - 1)) },
  {
    name: 'thousands of parts',
    scripted: true,
    ...manyParts,
  },
  {
    name: 'tens of thousands of fields, with a boundary that nothing reads',
    scripted: true,
    type: 'application/x-www-form-urlencoded; boundary=z',
    body: numberedFields(''),
  },
  {
    name: 'thousands of parts, after a parameter that only resembles the boundary',
    scripted: true,
    ...manyParts,
    type: manyParts.type.replace(';', '; a-boundary=z;'),
  },
  {
    name: 'thousands of references to actions, in a plain form',
    scripted: false,
    ...urlEncoded(numberedFields('%24ACTION_REF_')),
  },
  {
    name: 'marks with very long paths',
    scripted: true,
    ...multipart([
      ['1', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
      ['2', listOf(JSON.stringify(`$1:${'a:'.repeat(2_000)}a`), HALF)],
      ['0', '["$2"]'],
    ]),
  },
]
