import { Fragment } from 'react'

/**
 * Foreign text stands in `<bdi>`, so that its writing direction ends with it. It may be long and without blanks, so it is
 * what breaks where columns are tight: after an `@` first, anywhere if it must.
 *
 * @param props.room What its column keeps at least, as a class.
 */
export function Foreign({ children, room = '' }: { children: string; room?: string }) {
  const parts = children.split(/(?<=@)/)
  return (
    <bdi className={`wrap-anywhere ${room}`}>
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </bdi>
  )
}
