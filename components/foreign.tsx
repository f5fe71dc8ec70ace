import { Fragment } from 'react'

/**
 * Foreign text stands in `<bdi>`, so that its writing direction ends with it. It may be long and without blanks, so it is
 * what breaks where columns are tight: after an `@` first, anywhere if it must.
 *
 * @param props.room What its column keeps at least, as a class.
 */
export function Foreign({ children, room = '' }: { children: string; room?: string }) {
  const className = `wrap-anywhere ${room}`
  if (!children.includes('@')) return <bdi className={className}>{children}</bdi>
  return (
    <bdi className={className}>
      {children.split(/(?<=@)/).map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </bdi>
  )
}
