import { Fragment } from 'react'

/**
 * Foreign text stands in `<bdi>`, so that its writing direction ends with it. It may be long and without blanks, so it is
 * what breaks where columns are tight. An address breaks after an `@` or a dot, and its longest part is what a column keeps at least;
 * only a part that is wider than the whole line breaks inside.
 *
 * @param props.room What its column keeps at least, as a class.
 */
export function Foreign({ children, room = '' }: { children: string; room?: string }) {
  if (!children.includes('@')) return <bdi className={`wrap-anywhere ${room}`}>{children}</bdi>
  return (
    <bdi className={`wrap-break-word ${room}`}>
      {children.split(/(?<=[@.])/).map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </bdi>
  )
}
