import { type ReactNode, useId } from 'react'
import { CopyButton } from './copy-button'

/**
 * A switch such as `-Identity`, a command such as `Get-Mailbox` and the name of a script stay in one piece: broken at a hyphen, they read like
 * two words.
 */
export const unbroken = (line: string): ReactNode[] =>
  line.split(/(?<=^|\s)(-{1,2}[A-Za-z]\S*|[A-Z][a-z]+-[A-Z]\S*|postroom-\S+)/).map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
      <span key={index} className="inline-block max-w-full indent-0">
        {part}
      </span>
    ),
  )

/**
 * Text to take along: a command, an ID. A long line wraps, indented, to be read; what is copied is the one line. The title says where it belongs,
 * such as "Exchange Online PowerShell", and names the button to copy, unless that has a label because a page has several for the same thing.
 */
export function CodeBlock({ text, title, copyLabel }: { text: string; title?: ReactNode; copyLabel?: string }) {
  const titleId = useId()
  const copy = <CopyButton text={text} label={copyLabel} titleId={title ? titleId : undefined} />
  return (
    <div className="min-w-0 rounded-md border border-line bg-well">
      {title && (
        <div className="flex min-h-9 items-center justify-between gap-2.5 border-b border-line py-0.5 pr-1 pl-3 text-xs font-[550] text-soft">
          <span id={titleId}>{title}</span>
          {copy}
        </div>
      )}
      <div className="flow-root py-1 pr-1 pl-3">
        {/* The text flows round it, so that on a phone no line is lost to it. */}
        {!title && <div className="float-right ml-2">{copy}</div>}
        <pre className="py-1.5 pr-2 font-mono text-[0.78125rem] leading-5 whitespace-pre-wrap">
          <code className={/\s/.test(text) ? '' : 'break-all'}>
            {text.split('\n').map((line, index) => (
              <span
                // biome-ignore lint/suspicious/noArrayIndexKey: lines of one text
                key={index}
                className={`block pl-[2ch] -indent-[2ch] ${line.startsWith('#') ? 'text-soft' : ''}`}
              >
                {unbroken(line)}
                {'\n'}
              </span>
            ))}
          </code>
        </pre>
      </div>
    </div>
  )
}
